"""Tables of checkpoints as Spark's frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from verger.tables.schemas import TABLES

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType


def read(session: SparkSession, table: str, addresses: Sequence[str]) -> DataFrame:
    """A table of checkpoints as Spark wrote it; as its columns are known, no file is asked."""
    return session.read.schema(spark_schema(TABLES[table])).parquet(*addresses)


def spark_schema(schema: pa.Schema) -> StructType:
    """The same columns for Spark."""
    from pyspark.sql.pandas.types import from_arrow_schema

    return from_arrow_schema(schema)
