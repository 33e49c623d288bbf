"""What is told of a classifier's answers: tables of `train_classifier`, made from its `answers`."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from verger.classification.metrics import Levels
from verger.classification.tree import LEVELS, Tree
from verger.gates.classifier import Judged
from verger.tables import schemas

SURE = 0.9  # a label is suspect when it is contradicted with this probability


def unseen_varieties(answers: pa.Table, tree: Tree) -> dict[str, float | int]:
    """Species of varieties that were left out whole: the mean over labels, and its error."""
    asked = answers.filter(pc.is_valid(answers.column("unseen_species")))
    labels = asked.column("label").to_numpy(zero_copy_only=False)
    truth = np.array(tree.species, object)[tree.species_of[tree.positions(labels)]]
    right = truth == asked.column("unseen_species").to_numpy(zero_copy_only=False)
    each = [float(right[labels == label].mean()) for label in sorted(set(labels))]
    error = float(np.std(each, ddof=1) / np.sqrt(len(each))) if len(each) > 1 else 0.0
    return {
        "photographs": len(asked),
        "labels": len(each),
        "accuracy": round(float(np.mean(each)), 6) if each else 0.0,
        "standard_error": round(error, 6),
    }


def judged_photographs(answers: pa.Table, tree: Tree, levels: Levels) -> Judged:
    """Whether each photograph of a label that was learnt was answered right, at each level."""
    known = tree.positions(answers.column("label").to_pylist()) >= 0
    photos = np.array(answers.column("photo").to_pylist(), object)[known]
    right = np.column_stack([levels[level].right for level in LEVELS]).astype(int)
    return Judged(
        tuple(LEVELS),
        {
            str(photo)[:16]: "".join("01"[r] for r in of)
            for photo, of in zip(photos, right, strict=True)
        },
    )


def class_table(levels: Levels) -> pa.Table:
    """Counts, precision and recall of each class, at each level."""
    rows = [{"level": level, **row} for level, of in levels.items() for row in of.by_class()]
    return pa.Table.from_pylist(rows, schema=schemas.CLASSES)


def confusion_table(levels: Levels) -> pa.Table:
    """How many photographs of each class were taken for which, at each level."""
    rows = [
        {
            "level": level,
            "label": of.members[truth],
            "answer": of.members[answer],
            "photographs": int(counts[truth, answer]),
        }
        for level, of in levels.items()
        for counts in [of.confusion()]
        for truth, answer in np.argwhere(counts)
    ]
    return pa.Table.from_pylist(rows, schema=schemas.CONFUSION)


def suspect_table(answers: pa.Table) -> pa.Table:
    """Photographs whose label is contradicted with confidence, the surest first."""
    wrong = pc.not_equal(answers.column("label"), answers.column("answer"))
    sure = pc.greater_equal(answers.column("answer_probability"), SURE)
    found = answers.filter(pc.and_(wrong, sure))
    ordered = found.sort_by([("answer_probability", "descending"), ("photo", "ascending")])
    return ordered.select(schemas.SUSPECTS.names).cast(schemas.SUSPECTS)
