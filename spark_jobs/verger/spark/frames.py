"""Tables of checkpoints as Spark's frames."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from verger.tables.schemas import TABLES

# Letters that would make a pattern of an address. Spark's own switch against that, __globPaths__,
# reads every file once for each such address.
_OF_PATTERNS = re.compile(r"([\\*?\[\]{}])")

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType


def read(session: SparkSession, table: str, addresses: Sequence[str]) -> DataFrame:
    """A table of checkpoints from its files or folders; as its columns are known, no file is asked.

    Addresses are taken as they are: a folder may be called ``photos [1]``.
    """
    schema = spark_schema(TABLES[table])
    if not addresses:
        return session.createDataFrame([], schema)
    literal = [_OF_PATTERNS.sub(r"\\\1", address) for address in addresses]
    return session.read.schema(schema).parquet(*literal)


def spark_schema(schema: pa.Schema) -> StructType:
    """The same columns for Spark."""
    from pyspark.sql.pandas.types import from_arrow_schema

    return from_arrow_schema(schema)
