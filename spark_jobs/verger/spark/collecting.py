"""Tables from Spark into this process."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pyarrow as pa

from verger.spark.frames import spark_schema
from verger.spark.workers import map_batches
from verger.tables.columns import Batches

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_PACKED = pa.schema([("packed", pa.binary())])


def collected(rows: DataFrame) -> pa.Table:
    """A table of any size that fits in this process, in no order.

    It comes partition after partition, so that the JVM holds one at a time. By `toArrow` the JVM
    holds all of it, and parts of it twice: a quarter of a gigabyte fills a heap of one.
    """
    from pyspark.sql.pandas.types import to_arrow_schema

    def pack(batches: Batches) -> Batches:
        for batch in batches:
            packed = io.BytesIO()
            with pa.ipc.new_stream(packed, batch.schema) as stream:
                stream.write_batch(batch)
            yield pa.RecordBatch.from_pydict({"packed": [packed.getvalue()]}, _PACKED)

    come = map_batches(rows, pack, spark_schema(_PACKED)).toLocalIterator()
    tables = [pa.ipc.open_stream(row["packed"]).read_all() for row in come]
    return pa.concat_tables(tables or [to_arrow_schema(rows.schema).empty_table()])
