"""Photographs with the rows of all their blocks, as the classifier learns from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from verger.classification.groups import Frame, frame_fold, frame_of
from verger.classification.heads import Sums
from verger.classification.moments import Moments
from verger.classification.training import Course, Examples, Part, gathered
from verger.config.heads import COLOUR, ORB
from verger.features.rows import Rows, word_rows
from verger.spark.frames import spark_schema
from verger.spark.sums import Vector, sums_in_turn
from verger.spark.tasks import few_tasks
from verger.spark.workers import map_batches
from verger.tables.columns import Batches, from_lists
from verger.tables.schemas import WHO

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

TEST = "Test"
# Blocks whose tables hold counts of words; those of others hold their rows.
COUNTED = (ORB, COLOUR)
FRAMES = pa.schema([("label", pa.string()), ("series", pa.string()), ("number", pa.int64())])
# The first and the last frame of each film: label and series.
Films = Mapping[tuple[str, str], tuple[int, int]]


def join(tables: Mapping[str, DataFrame]) -> DataFrame:
    """One row a photograph, with a column for each block, in few tasks: each makes sums of its own,
    whose size is that of the widest rows squared.

    Merged, never broadcast: counts take a hundredth of their size in Parquet, and by that Spark
    would take whole tables for small ones, which no heap holds.
    """
    first, *others = (
        table.withColumnRenamed("counts" if block in COUNTED else "numbers", block)
        .select(*WHO, block)
        .repartition(few_tasks(table.sparkSession), WHO[0])
        for block, table in tables.items()
    )
    for other in others:
        first = first.join(other.drop(*WHO[1:]).hint("merge"), WHO[0])
    return first


def taught(rows: DataFrame) -> DataFrame:
    """The photographs that are learnt from: those of the Test split are kept for the end."""
    return rows.where(f"split is null or split <> '{TEST}'")


def block_rows(batch: pa.RecordBatch, blocks: Sequence[str]) -> dict[str, Rows]:
    """The rows of each block (n x d integers) of a batch."""
    rows: dict[str, Rows] = {}
    for block in blocks:
        column = batch.column(block)
        width = len(column[0]) if len(column) else 0
        matrix = from_lists(column, width) if width else np.zeros((0, 0), np.int32)
        rows[block] = word_rows(matrix) if block in COUNTED else matrix
    return rows


def films_of(rows: DataFrame) -> Films:
    """How long each label's films are."""
    from pyspark.sql import functions as fn

    def frames(batches: Batches) -> Batches:
        for batch in batches:
            names = zip(
                batch.column("label").to_pylist(),
                batch.column("img_name").to_pylist(),
                strict=True,
            )
            found = [
                {"label": label, **asdict(frame)}
                for label, name in names
                if (frame := frame_of(name, label))
            ]
            yield pa.RecordBatch.from_pylist(found, schema=FRAMES)

    counted = map_batches(rows.select("label", "img_name"), frames, spark_schema(FRAMES))
    ranges = counted.groupBy("label", "series").agg(fn.min("number"), fn.max("number")).collect()
    return {(label, series): (first, last) for label, series, first, last in ranges}


@dataclass(frozen=True)
class Lessons:
    """What is learnt, and the films that photographs are parted by."""

    course: Course
    films: Films

    @property
    def blocks(self) -> tuple[str, ...]:
        """The blocks that any head sees."""
        return tuple(dict.fromkeys(b for of in self.course.settings for b in of.blocks))

    def examples(self, batch: pa.RecordBatch) -> Examples:
        """The photographs of a batch, with rows, labels and folds."""
        labels = batch.column("label").to_pylist()
        who = zip(
            batch.column("photo").to_pylist(), labels, batch.column("img_name").to_pylist(),
            strict=True,
        )  # fmt: skip
        folds = [self._fold(photo, label, frame_of(name, label)) for photo, label, name in who]
        return Examples(
            block_rows(batch, self.blocks),
            self.course.tree.positions(labels),
            np.array(folds, np.int64),
        )

    def add_up(self, rows: DataFrame) -> Iterator[Sums]:
        """The sums of each head, one after another, over all photographs: added on the executors,
        exact, whatever the order.
        """
        for alone in self.course.head_by_head():
            yield gathered(dict(Lessons(alone, self.films).parts(rows)))

    def parts(self, rows: DataFrame) -> Iterator[tuple[Part, Moments]]:
        """The moments of each part of all photographs."""

        def per_part(batch: pa.RecordBatch) -> dict[str, tuple[int, Vector]]:
            if not len(batch):
                return {}
            parts = self.course.parts(self.examples(batch))
            return {
                f"{name}/{scheme}/{fold}": (int(moments.counts.sum()), moments.to_vector())
                for (name, scheme, fold), moments in parts.items()
            }

        for key, of in sums_in_turn(rows.select(*WHO, *self.blocks), per_part):
            yield _part(key), self._moments(of.total)

    def _moments(self, vector: Vector) -> Moments:
        """c + c d + d^2 numbers, c of them labels."""
        c = len(self.course.tree.labels)
        d = round((np.sqrt(c * c + 4 * (len(vector) - c)) - c) / 2)
        return Moments.from_vector(vector, c, d)

    def _fold(self, photo: str, label: str, frame: Frame | None) -> int:
        first, last = self.films.get((label, frame.series), (0, 0)) if frame else (0, 0)
        return frame_fold(photo, frame, first, last)


def _part(key: str) -> Part:
    name, scheme, fold = key.split("/")
    return name, scheme, int(fold)
