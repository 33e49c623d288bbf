"""What the classifier learns from: the same sums, wherever they are added up."""

import numpy as np
import pyarrow as pa

from verger.classification.training import Course
from verger.classification.tree import Tree
from verger.config.heads import COLOUR, HEADS, ORB, STATISTICS
from verger.spark.lessons import Lessons

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
    lessons = Lessons(Course(HEADS, Tree.of(list(LABELS), {})), {})
    batch = photographs(60)
    here = lessons.course.parts(lessons.examples(batch))
    rows = spark.createDataFrame(pa.Table.from_batches([batch])).repartition(7)
    there = lessons.add_up(rows)
    assert there.keys() == here.keys()
    for part, moments in here.items():
        assert there[part].to_vector().tobytes() == moments.to_vector().tobytes(), part
