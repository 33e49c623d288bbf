"""train_classifier: a classifier of all photographs, and an honest account of how good it is."""

from __future__ import annotations

import io
import json
import logging
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from verger.classification.classifier import Classifier
from verger.classification.gallery import Gallery, Known
from verger.classification.heads import BlockRows
from verger.classification.metrics import report
from verger.classification.training import Course
from verger.classification.tree import Tree
from verger.config.heads import COLOUR, FISHER_CENTRE, NETWORK_VIEWS, ORB
from verger.errors import VergerError
from verger.gates.classifier import JUDGED
from verger.lake.bundle import (
    CLASSIFIER_FILE,
    GALLERY_FILE,
    METRICS_FILE,
    WORDS_FILE,
    mixture_file,
)
from verger.lake.draft import Draft, Metrics
from verger.planning.recipe import COLOUR_VOCABULARY, MIXTURE, VOCABULARY
from verger.spark.answering import Examiner, by_level
from verger.spark.collecting import collected
from verger.spark.lessons import TEST, Lessons, films_of, join, taught
from verger.stages.classifier_tables import (
    class_table,
    confusion_table,
    judged_photographs,
    suspect_table,
    unseen_varieties,
)
from verger.stages.first_answers import first_answers
from verger.stages.result import StageResult
from verger.stages.stage_run import StageRun
from verger.tables import schemas
from verger.vocabulary import words as vocabulary

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

log = logging.getLogger("verger")

# So many photographs choose weights and temperatures; they fit in the driver.
TRIED = 10_000
TRIED_NUMBERS = 1 << 26  # of all their rows: half a gigabyte as floats


def train_classifier(run: StageRun) -> StageResult:
    """The classifier of the collection, with `answers` about every photograph, metrics for every
    class, confusions and suspects. Raises VergerError if there is nothing to learn from.
    """
    # Asked first: what the model in use thinks of photographs that nothing has learnt from.
    asked = first_answers(run)
    return asked + (run.find(run.recipe.classifier) or _train(run))


def _train(run: StageRun) -> StageResult:
    """The checkpoint `classifier`."""
    from pyspark import StorageLevel

    draft = run.begin(run.recipe.classifier)
    # On disk: in the heap the rows would leave no room for what they are sorted and sampled by.
    rows = _examples(run).persist(StorageLevel.DISK_ONLY)
    try:
        examiner = _learn(run, draft, rows)
        draft.write_file(CLASSIFIER_FILE, examiner.classifier.to_bytes())
        draft.write_file(WORDS_FILE, _words(run))
        for block in run.recipe.fisher_blocks:
            used = run.need(MIXTURE, run.recipe.mixture(block))
            draft.write_file(mixture_file(block), used.read_file(mixture_file(block)))
        draft.save("answers", examiner.answer(rows))
    finally:
        rows.unpersist()
    metrics = _account(run, draft, examiner.classifier)
    return StageResult.made(draft.commit(metrics), run.plan.photographs)


def _examples(run: StageRun) -> DataFrame:
    """All photographs with the rows of their blocks."""
    tables = {}
    for block in run.recipe.blocks:
        made = run.need_segments(partial(run.recipe.block, block))
        tables[block] = run.rows(made, made[0].manifest.kind)
    return join(tables)


def _learn(run: StageRun, draft: Draft, rows: DataFrame) -> Examiner:
    counts = {
        (row["label"], row["split"]): row["count"]
        for row in rows.groupBy("label", "split").count().collect()
    }
    learnt = taught(rows)
    if all(split == TEST for _, split in counts):
        raise VergerError("all photographs lie in a folder Test: put those to learn from elsewhere")
    labels = sorted({label for label, split in counts if split != TEST})
    course = Course(run.recipe.heads, Tree.of(labels, run.plan.names))
    lessons = Lessons(course, films_of(learnt))
    n = sum(count for (_, split), count in counts.items() if split != TEST)
    log.info("%s: learning %d labels from %d photographs", run.stage, len(labels), n)
    (tried,) = collected(_sampled(learnt, n)).sort_by("photo").combine_chunks().to_batches()
    examples = lessons.examples(tried)
    # Sums are exact: where all photographs are here anyway, they are the same without Spark.
    everything = len(examples.labels) == n
    left_out = course.fit(course.sums(examples) if everything else lessons.add_up(learnt))
    draft.write_file(GALLERY_FILE, _gallery(tried, examples.rows).to_bytes())
    trial = course.leave_out(left_out, examples)
    return Examiner(lessons, course.finish(left_out, trial), left_out)


def _words(run: StageRun) -> bytes:
    """The words of all blocks that have any, as one file."""
    used = run.need(VOCABULARY, run.recipe.vocabulary)
    centres: dict[str, npt.NDArray[Any]] = {
        ORB: vocabulary.from_table(used.read("vocabulary")).centres
    }
    if COLOUR in run.recipe.blocks:
        colours = run.need(COLOUR_VOCABULARY, run.recipe.colour_vocabulary)
        centres[COLOUR] = vocabulary.colours_from_table(colours.read("colour_vocabulary")).centres
    packed = io.BytesIO()
    np.savez(packed, allow_pickle=False, **centres)
    return packed.getvalue()


def _gallery(batch: pa.RecordBatch, rows: BlockRows) -> Gallery:
    """Photographs to compare with."""
    who = (batch.column(name).to_pylist() for name in ("photo", "label", "img_name"))
    known = [Known(*of) for of in zip(*who, strict=True)]
    compared = (ORB, COLOUR, FISHER_CENTRE, *NETWORK_VIEWS)
    return Gallery.of(known, {block: rows[block] for block in compared if block in rows})


def _sampled(rows: DataFrame, n: int) -> DataFrame:
    """About `TRIED` of n photographs at most, fewer where rows are wide, chosen by their ids."""
    first = rows.drop(*schemas.WHO).first()
    width = sum(len(row) for row in first) if first else 1
    share = min(1.0, TRIED / max(n, 1), TRIED_NUMBERS / (width * max(n, 1)))
    return rows.where(f"substr(photo, 1, 8) <= '{int(share * 0xFFFFFFFF):08x}'")


def _account(run: StageRun, draft: Draft, classifier: Classifier) -> Metrics:
    """Write what is known of the answers; the metrics that a run is told of."""
    answers = collected(run.saved(draft, "answers")).sort_by("photo")
    held_out = answers.column("held_out")
    learnt = pc.is_in(answers.column("label"), value_set=pa.array(classifier.tree.labels))
    tested = answers.filter(pc.and_(pc.invert(held_out), learnt))
    judged = tested if len(tested) else answers.filter(held_out)
    levels = by_level(judged, classifier.tree)
    told = {
        "photographs": len(judged),
        "labels": len(classifier.tree.labels),
        "test_split": bool(len(tested)),
        **report(classifier.tree, levels),
        "unseen_varieties": unseen_varieties(answers, classifier.tree),
    }
    draft.write_file(METRICS_FILE, json.dumps(told, ensure_ascii=False, indent=1).encode())
    draft.write_file(JUDGED, judged_photographs(judged, classifier.tree, levels).to_json())
    draft.write("classes", class_table(levels))
    draft.write("confusion", confusion_table(levels))
    draft.write("suspects", suspect_table(answers))
    return Metrics(
        {
            "classes": len(classifier.tree.labels),
            "species": len(classifier.tree.species),
            "judged": len(judged),
            **{f"right_{level}": int(of.right.sum()) for level, of in levels.items()},
        }
    )
