"""What the classifier learns from: the same sums, wherever they are added up."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tests.spark.programs import said
from verger.classification.training import Course
from verger.classification.tree import Tree
from verger.config.heads import COLOUR, HEADS, ORB, STATISTICS
from verger.spark.lessons import Lessons, films_of
from verger.tables import schemas

LABELS = ("Apple Red 1", "Apple Red 2", "Banana")
WIDTHS = {ORB: 30, COLOUR: 20, STATISTICS: 10}


def photographs(n: int) -> pa.RecordBatch:
    random = np.random.default_rng(5)
    columns: dict[str, list[object]] = {
        "photo": [f"{i:016x}" for i in range(n)],
        "label": [LABELS[i % len(LABELS)] for i in range(n)],
        "split": ["Training"] * n,
        "img_name": [f"{i}_100.jpg" for i in range(n)],
    }
    for block, width in WIDTHS.items():
        columns[block] = list(random.integers(0, 50, (n, width), np.int32))
    return pa.RecordBatch.from_pydict(columns)


def test_sums_of_the_cluster_are_those_of_one_process_to_the_last_bit(spark):
    batch = photographs(60)
    rows = spark.createDataFrame(pa.Table.from_batches([batch])).repartition(7)
    lessons = Lessons(Course(HEADS, Tree.of(list(LABELS), {})), films_of(rows))
    here = lessons.course.sums(lessons.examples(batch))
    there = lessons.add_up(rows)
    for head, one, other in zip(HEADS, here, there, strict=True):
        parts = zip(everything(one), everything(other), strict=True)
        assert all(x.to_vector().tobytes() == y.to_vector().tobytes() for x, y in parts), head
        assert one.whole.counts.sum() == len(batch)


def everything(sums):
    return (*sums.by_frames, *sums.by_varieties)


PHOTOGRAPHS, WORDS = 12_000, 4_000
JOINED = """
import sys
from pyspark import StorageLevel
from verger.spark.lessons import join
from verger.spark.session import spark_session

spark = spark_session("joined")
rows = join({block: spark.read.parquet(f"{sys.argv[1]}/{block}") for block in ("orb", "colour")})
rows.persist(StorageLevel.MEMORY_AND_DISK)
print(rows.count(), rows.selectExpr("sum(orb[0] + colour[1])").first()[0])
"""


def counts(folder, block):
    """Histograms of 200 MB as Spark holds them, and of a hundredth as a file."""
    rows = np.zeros((PHOTOGRAPHS, WORDS), np.int32)
    rows[:, :2] = 1
    who = {name: [f"{i:016x}" for i in range(PHOTOGRAPHS)] for name in schemas.WHO}
    lists = pa.FixedSizeListArray.from_arrays(rows.ravel(), WORDS).cast(pa.list_(pa.int32()))
    (folder / block).mkdir()
    table = pa.table({**who, "counts": lists})
    pq.write_table(table, folder / block / "part.parquet", row_group_size=1000)


def test_a_small_heap_joins_tables_that_are_small_as_files_alone(tmp_path):
    for block in (ORB, COLOUR):
        counts(tmp_path, block)
    joined = said(JOINED, tmp_path, submit="--driver-memory 600m")
    assert joined == [str(PHOTOGRAPHS), str(2 * PHOTOGRAPHS)]
