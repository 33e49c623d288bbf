"""What a task holds at once, whatever its rows are like and however many there are."""

import os

import pyarrow as pa
import pytest

from tests.spark.programs import said
from verger.contract import K_RANGE
from verger.spark.frames import spark_schema
from verger.spark.session import BATCH_BYTES, BATCH_ROWS
from verger.spark.workers import map_batches
from verger.tables import schemas

MEGABYTE = 1 << 20
HELD = pa.schema([("rows", pa.int64()), ("bytes", pa.int64())])


def held(rows):
    """Rows and bytes of each batch that a Python worker is given."""

    def look(batches):
        for batch in batches:
            of_batch = {"rows": batch.num_rows, "bytes": batch.nbytes}
            yield pa.RecordBatch.from_pylist([of_batch], schema=HELD)

    return map_batches(rows.coalesce(1), look, spark_schema(HELD)).collect()


def test_wide_rows_come_to_python_a_few_at_a_time(spark):
    wide = spark.range(40).selectExpr("id", f"repeat('x', {MEGABYTE}) as content")
    batches = held(wide)
    assert sum(batch["rows"] for batch in batches) == 40
    assert max(batch["bytes"] for batch in batches) < BATCH_BYTES + 2 * MEGABYTE


def test_narrow_rows_come_to_python_many_at_a_time(spark):
    assert [batch["rows"] for batch in held(spark.range(2 * BATCH_ROWS))] == [BATCH_ROWS] * 2


PROGRAM = """
import sys
from pyspark.sql import functions as fn
from verger.spark import frames
from verger.spark.session import spark_session

descriptors = frames.read(spark_session("memory"), "descriptors", [sys.argv[1]])
print(descriptors.agg(fn.sum(fn.length("descriptors"))).first()[0])
"""
PHOTOGRAPHS, DESCRIPTORS_BYTES = 3000, 128 * 1024


def describe(batches):
    """Random descriptors for each row: nothing makes them smaller."""
    for batch in batches:
        for _ in range(batch.num_rows):
            row = {**dict.fromkeys(schemas.WHO, "x"), "keypoints": DESCRIPTORS_BYTES // 32}
            row["descriptors"] = os.urandom(DESCRIPTORS_BYTES)
            yield pa.RecordBatch.from_pylist([row], schema=schemas.DESCRIPTORS)


@pytest.fixture
def descriptors(spark, tmp_path):
    """A file with almost as many bytes of descriptors as the heap has that will read it."""
    one_file = spark.range(PHOTOGRAPHS).coalesce(1)
    table = map_batches(one_file, describe, spark_schema(schemas.DESCRIPTORS))
    table.write.parquet(str(tmp_path / "descriptors"))
    return tmp_path / "descriptors"


def test_a_small_heap_reads_a_file_that_would_fill_it(descriptors):
    (total,) = said(PROGRAM, descriptors, submit="--driver-memory 512m")
    assert int(total) == PHOTOGRAPHS * DESCRIPTORS_BYTES


LARGEST = """
import numpy as np
from verger.config.settings import Weighting
from tests.spark.programs import said
from verger.contract import K_RANGE
from verger.features.weighting import FittedWeighting
from verger.spark.moments import moments_of
from verger.spark.session import spark_session

k, n = K_RANGE[1], 12
rows = np.random.default_rng(0).integers(0, 3, (n, k))
spark = spark_session("largest")
counts = spark.createDataFrame([(row.tolist(),) for row in rows], "counts array<int>")
plain = FittedWeighting(Weighting(normalise="none", idf=False), np.ones(k, np.int64))
moments = moments_of(counts.repartition(4), plain)
print(moments.n, moments.gram.nbytes, int(np.trace(moments.gram)), int((rows**2).sum()))
"""


def test_the_sums_of_the_most_words_reach_the_driver_a_block_at_a_time():
    few_results = "--conf spark.driver.maxResultSize=100m"  # the matrix has 128 MB
    n, size, trace, expected = map(int, said(LARGEST, submit=few_results))
    assert (n, size) == (12, 8 * K_RANGE[1] ** 2)
    assert trace == expected
