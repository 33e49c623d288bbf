"""What the classifier answers about every photograph whose label is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from verger.classification.classifier import Classifier
from verger.classification.heads import LeftOut
from verger.classification.metrics import Answers
from verger.classification.moments import Matrix
from verger.classification.tree import LEVELS, Level, Tree
from verger.spark.frames import spark_schema
from verger.spark.lessons import TEST, Lessons, block_rows
from verger.spark.workers import map_batches
from verger.tables.columns import Batches, about
from verger.tables.schemas import ANSWERS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

# The column of the answer at each level, and of its probability.
ANSWER: Mapping[Level, str] = {"species": "species", "variety": "variety", "label": "answer"}
Columns = dict[str, Any]


@dataclass(frozen=True)
class Examiner:
    """Asks about photographs of the Test split, and about the others as if they had been left out
    with their neighbours.
    """

    lessons: Lessons
    classifier: Classifier
    left_out: LeftOut

    def answer(self, rows: DataFrame) -> DataFrame:
        """The table `answers` of photographs with the rows of all blocks."""

        def run(batches: Batches) -> Batches:
            for batch in batches:
                tests = np.array(batch.column("split").to_pylist(), object) == TEST
                for held_out, some in ((False, tests), (True, ~tests)):
                    if some.any():
                        part = batch.filter(pa.array(some))
                        yield self._held_out(part) if held_out else self._tested(part)

        return map_batches(rows, run, spark_schema(ANSWERS))

    def _tested(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        scores = self.classifier.score(block_rows(batch, self.lessons.blocks))
        unseen = np.full(len(batch), None, object)
        return self._about(batch, scores.probabilities, scores.distances, unseen, held_out=False)

    def _held_out(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        trial = self.lessons.course.leave_out(self.left_out, self.lessons.examples(batch))
        probabilities = self._mixed(trial.by_frames)
        species = self._tree.summed(self._mixed(trial.by_varieties), "species")
        names = np.array(self._tree.species, object)[species.argmax(axis=1)]
        unseen = np.where(trial.unseen, names, None)
        return self._about(batch, probabilities, trial.near, unseen, held_out=True)

    def _mixed(self, scores: Any) -> Matrix:
        course = self.lessons.course
        return self.classifier.mixture.probabilities(course.settings, scores, course.tree)

    def _about(
        self,
        batch: pa.RecordBatch,
        probabilities: Matrix,
        distances: Matrix,
        unseen: Any,
        *,
        held_out: bool,
    ) -> pa.RecordBatch:
        columns: Columns = {"held_out": pa.array([held_out] * len(batch))}
        for level in LEVELS:
            given = self._tree.summed(probabilities, level)
            best = given.argmax(axis=1)
            names = [self._tree.members(level)[i] for i in best]
            columns[ANSWER[level]] = pa.array(names, pa.string())
            columns[f"{ANSWER[level]}_probability"] = pa.array(given[np.arange(len(best)), best])
        columns["distance"] = pa.array(distances)
        columns["unseen_species"] = pa.array(list(unseen), pa.string())
        return about(batch, **columns)

    @property
    def _tree(self) -> Tree:
        return self.lessons.course.tree


def by_level(answers: pa.Table, tree: Tree) -> dict[Level, Answers]:
    """Truth and answer at every level, of the photographs whose label the classifier knows."""
    truth = tree.positions(answers.column("label").to_pylist())
    known = truth >= 0
    levels: dict[Level, Answers] = {}
    for level in LEVELS:
        members = tree.members(level)
        place = {name: position for position, name in enumerate(members)}
        named = answers.column(ANSWER[level]).to_pylist()
        levels[level] = Answers(
            members,
            tree.upward(level)[truth[known]],
            np.array([place[name] for name in named], np.int64)[known],
            answers.column(f"{ANSWER[level]}_probability").to_numpy()[known],
        )
    return levels
