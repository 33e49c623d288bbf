"""What Spark's Python workers keep between tasks."""

import gc
import socket
import sys
from zipfile import ZipFile
from zipimport import zipimporter

import pyarrow as pa
import pyspark
import pytest

from verger.spark import workers
from verger.spark.distributed import Distributed
from verger.spark.frames import spark_schema
from verger.spark.workers import acknowledge_at_once, keep_archives, map_batches

of_linux = pytest.mark.skipif(sys.platform != "linux", reason="TCP_QUICKACK is Linux's alone")
SEEN = pa.schema([("kept", pa.int64()), ("archives", pa.int64())])


def test_workers_of_a_spark_of_our_own_take_the_installed_pyspark(spark):
    place = pa.schema([("place", pa.string())])

    def look(batches):
        import pyspark

        for _ in batches:
            yield pa.RecordBatch.from_pylist([{"place": pyspark.__file__}], schema=place)

    rows = map_batches(spark.range(4).repartition(2), look, spark_schema(place)).collect()
    assert {row["place"] for row in rows} == {pyspark.__file__}


def test_no_archive_on_a_workers_path_is_read_again(spark, tmp_path):
    archive = tmp_path / "library.zip"
    with ZipFile(archive, "w") as made:
        made.writestr("a_module_of_the_library.py", "")

    def look(batches):
        sys.path.append(str(archive))
        import a_module_of_the_library

        keep_archives()
        for _ in batches:
            assert str(archive) in a_module_of_the_library.__file__
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
        assert row["archives"]
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


@of_linux
def test_between_two_tasks_a_connection_is_told_to_acknowledge_at_once():
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as spark,
        server.accept()[0] as worker,
    ):

        def at_once():
            return bool(worker.getsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK))

        for _ in range(20):  # tasks and answers: now the kernel takes it for a conversation
            spark.sendall(b"a task")
            worker.recv(100)
            worker.sendall(b"an answer")
            spark.recv(100)
        assert not at_once()
        acknowledge_at_once()
        gc.collect()
        gc.callbacks.remove(workers._searched)
        assert at_once()


@of_linux
def test_workers_acknowledge_at_once(spark):
    hooks = pa.schema([("name", pa.string())])

    def look(batches):
        for _ in batches:
            names = [{"name": hook.__name__} for hook in gc.callbacks]
            yield pa.RecordBatch.from_pylist(names, schema=hooks)

    rows = map_batches(spark.range(4).repartition(2), look, spark_schema(hooks)).collect()
    names = [row["name"] for row in rows]
    assert names.count(workers._searched.__name__) == 2  # once for each partition


def test_a_fit_that_is_spread_over_workers_spares_them_as_much(spark):
    def forget(_):
        gc.unfreeze()
        workers._modules_kept = 0
        return []

    rows = spark.createDataFrame([(bytes(32),)] * 4, "descriptors binary").repartition(2)
    spread = Distributed(rows)
    spread.fold(forget)
    objects = spread.fold(lambda _: [gc.get_freeze_count()])
    spread.release()
    assert objects
    assert min(objects) > 10_000
