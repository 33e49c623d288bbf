"""What Spark's Python workers keep between tasks."""

import gc
import sys
from zipimport import zipimporter

import pyarrow as pa

from verger.spark.frames import spark_schema
from verger.spark.workers import map_batches

SEEN = pa.schema([("kept", pa.int64()), ("archives", pa.int64())])


def test_no_archive_on_a_workers_path_is_read_again(spark):
    def look(batches):
        for _ in batches:
            archives = [
                importer
                for importer in sys.path_importer_cache.values()
                if isinstance(importer, zipimporter)
            ]
            kept = [importer for importer in archives if "invalidate_caches" in vars(importer)]
            yield pa.RecordBatch.from_pylist(
                [{"kept": len(kept), "archives": len(archives)}], schema=SEEN
            )

    rows = map_batches(spark.range(4).repartition(2), look, spark_schema(SEEN)).collect()
    assert rows
    for row in rows:
        assert row["archives"], "Spark is in no archive any more: drop keep_archives"
        assert row["kept"] == row["archives"]


def test_a_workers_modules_are_set_aside_from_the_search_for_garbage(spark):
    frozen = pa.schema([("objects", pa.int64())])

    def look(batches):
        for _ in batches:
            yield pa.RecordBatch.from_pylist([{"objects": gc.get_freeze_count()}], schema=frozen)

    rows = map_batches(spark.range(4).repartition(2), look, spark_schema(frozen)).collect()
    assert rows
    for row in rows:
        assert row["objects"] > 10_000
