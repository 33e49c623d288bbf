"""How good answers are, with counts: over all, for each class, and which are mistaken for which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from verger.classification.calibration import Flags, reliability, risk_coverage
from verger.classification.moments import Matrix
from verger.classification.tree import LEVELS, Indices, Level, Tree


@dataclass(frozen=True)
class Answers:
    """Truth and answer of n photographs, as positions among the members of a level, with the
    probability that each answer was given.
    """

    members: tuple[str, ...]
    truth: Indices
    answers: Indices
    confidence: Matrix

    @property
    def right(self) -> Flags:
        """Whether each answer is right."""
        return np.asarray(self.truth == self.answers)

    def confusion(self) -> Indices:
        """How often each member (row) was taken for each (column)."""
        m = len(self.members)
        places = np.bincount(self.truth * m + self.answers, minlength=m * m)
        return places.reshape(m, m)

    def by_class(self) -> list[dict[str, Any]]:
        """For each member: photographs of it, answers that named it, those right, and shares."""
        confusion = self.confusion()
        right = np.diag(confusion)
        there, named = confusion.sum(axis=1), confusion.sum(axis=0)
        return [
            {
                "name": name,
                "photographs": int(there[i]),
                "answers": int(named[i]),
                "right": int(right[i]),
                "recall": _share(right[i], there[i]),
                "precision": _share(right[i], named[i]),
            }
            for i, name in enumerate(self.members)
        ]

    def overall(self) -> dict[str, Any]:
        """Accuracy, its mean over classes with the standard error, and how honest confidence is."""
        recalls = [of["recall"] for of in self.by_class() if of["photographs"]]
        error = np.std(recalls, ddof=1) / np.sqrt(len(recalls)) if len(recalls) > 1 else 0.0
        trust = reliability(self.confidence, self.right)
        return {
            "photographs": len(self.truth),
            "right": int(self.right.sum()),
            "accuracy": _share(self.right.sum(), len(self.truth)),
            "mean_recall": round(float(np.mean(recalls)), 6) if recalls else None,
            "standard_error": round(float(error), 6),
            "calibration_error": round(trust.error, 6),
            "reliability": [
                {"photographs": int(n), "confidence": round(float(c), 6), "right": int(r)}
                for n, c, r in zip(trust.photographs, trust.confidence, trust.right, strict=True)
                if n
            ],
            "risk_coverage": [
                {"coverage": coverage, "risk": round(risk, 6)}
                for coverage, risk in risk_coverage(self.confidence, self.right)
            ],
        }


Levels = Mapping[Level, Answers]


def judge(tree: Tree, truth: Indices, probabilities: Matrix) -> Levels:
    """The answers at every level: truth (n) and probabilities (n x c) are of labels."""
    levels: dict[Level, Answers] = {}
    for level in LEVELS:
        given = tree.summed(probabilities, level)
        best = given.argmax(axis=1)
        confidence = given[np.arange(len(given)), best]
        levels[level] = Answers(tree.members(level), tree.upward(level)[truth], best, confidence)
    return levels


def report(tree: Tree, levels: Levels) -> dict[str, Any]:
    """Metrics at every level, and of maturity where labels tell it."""
    overall: dict[str, Any] = {level: answers.overall() for level, answers in levels.items()}
    return overall | {"maturity": maturity(tree, levels["label"])}


def maturity(tree: Tree, labels: Answers) -> dict[str, Any] | None:
    """Among fruits of species in several states of maturity: how often the state is right."""
    states = np.array([name.maturity for name in tree.names])
    several = [
        len(set(states[tree.species_of == species])) > 1 for species in range(len(tree.species))
    ]
    asked = np.array(several, bool)[tree.species_of[labels.truth]]
    if not asked.any():
        return None
    right = states[labels.answers[asked]] == states[labels.truth[asked]]
    return {
        "photographs": int(asked.sum()),
        "right": int(right.sum()),
        "accuracy": _share(right.sum(), asked.sum()),
    }


def _share(part: float, whole: float) -> float | None:
    return round(float(part / whole), 6) if whole else None
