"""Read all objects below an address in four ways:  read_objects ADDRESS REPEATS SERVER-PID"""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING

import psutil
import pyarrow as pa

from benchmarks.jobs import tell
from benchmarks.measure import side_by_side
from benchmarks.rows.s3_reads import BARE, BINARY_FILE, BOTO3, VERGER
from verger.objects.addresses import open_storage
from verger.objects.fetching import fetched
from verger.objects.s3 import client
from verger.objects.storage import Storage, StoredObject
from verger.spark.frames import spark_schema
from verger.spark.session import spark_session
from verger.spark.tasks import TASKS_PER_CORE
from verger.spark.workers import map_batches
from verger.tables.columns import Batches

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def concurrent_gets(spark: SparkSession, source: Storage) -> None:
    """As import_images does: list once, then many GETs under way in every task."""
    _get(spark, source, list(source.list()))


def wake(spark: SparkSession, source: Storage) -> None:
    """One object for each task: Spark ends its Python workers when they had no work for a minute,
    as while another contender reads.
    """
    _get(spark, source, list(islice(source.list(), _tasks(spark))))


def _get(spark: SparkSession, source: Storage, items: list[StoredObject]) -> None:
    listing = pa.table({"key": [item.key for item in items], "size": [item.size for item in items]})

    def read_all(batches: Batches) -> Batches:
        for batch in batches:
            found = [StoredObject(row["key"], row["size"], "") for row in batch.to_pylist()]
            contents = list(fetched(lambda item: source.read(item.key), found))
            yield pa.RecordBatch.from_arrays([pa.array(contents, pa.binary())], ["content"])

    rows = spark.createDataFrame(listing).repartition(_tasks(spark))
    read = map_batches(rows, read_all, spark_schema(pa.schema([("content", pa.binary())])))
    read.write.format("noop").mode("overwrite").save()


def _tasks(spark: SparkSession) -> int:
    return TASKS_PER_CORE * spark.sparkContext.defaultParallelism


def without_spark(source: Storage) -> None:
    """As many GETs at once, in this process alone."""
    for _ in fetched(lambda item: source.read(item.key), source.list()):
        pass


def binary_file(spark: SparkSession, address: str) -> None:
    """Spark's own source for files as they are."""
    files = spark.read.format("binaryFile").option("recursiveFileLookup", "true").load(address)
    files.select("content").write.format("noop").mode("overwrite").save()


def processor(tree: psutil.Process) -> float:
    """Seconds of processor that a process and those below it have had so far."""
    times = [one.cpu_times() for one in (tree, *tree.children(recursive=True))]
    return float(sum(time.user + time.system for time in times))


def main(address: str, repeats: int, server: psutil.Process) -> None:
    """Time all in one session."""

    def shares(read: Callable[[], None]) -> Callable[[], tuple[float, float]]:
        """Seconds of processor that readers and server take for it."""

        def run() -> tuple[float, float]:
            before = processor(psutil.Process()), processor(server)
            read()
            return processor(psutil.Process()) - before[0], processor(server) - before[1]

        return run

    spark = spark_session("benchmark: reads")
    source = open_storage(address)
    tell(
        side_by_side(
            {
                VERGER: shares(lambda: concurrent_gets(spark, source)),
                BARE: shares(lambda: without_spark(source)),
                BOTO3: shares(lambda: without_spark(open_storage(address, client()))),
                BINARY_FILE: shares(lambda: binary_file(spark, address)),
            },
            repeats,
            prepare=lambda: wake(spark, source),
        )
    )
    spark.stop()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), psutil.Process(int(sys.argv[3])))
