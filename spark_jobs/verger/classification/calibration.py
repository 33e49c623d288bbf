"""Probabilities of scores, and how far they are from meaning what they say.

Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks", 2017.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from verger.classification.moments import Matrix
from verger.classification.tree import Indices

Flags = npt.NDArray[np.bool_]
BINS = 15
TINY = 1e-12


def softmax(scores: Matrix, temperature: float) -> Matrix:
    """Probabilities (n x c) from scores; they sum to 1 in each row."""
    powers = np.exp((scores - scores.max(axis=1, keepdims=True)) / temperature)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


@dataclass(frozen=True)
class Reliability:
    """Answers by confidence, in bins of equal width: how many, their mean confidence, how many
    were right.
    """

    photographs: Indices
    confidence: Matrix
    right: Indices

    @property
    def error(self) -> float:
        """Expected calibration error: mean distance between confidence and share right."""
        held = self.photographs > 0
        apart = np.abs(self.confidence[held] - self.right[held] / self.photographs[held])
        return float(np.average(apart, weights=self.photographs[held])) if held.any() else 0.0


def reliability(confidence: Matrix, right: Flags) -> Reliability:
    """How confidence and truth go together."""
    place = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    photographs = np.bincount(place, minlength=BINS)
    summed = np.bincount(place, weights=confidence, minlength=BINS)
    return Reliability(
        photographs,
        np.asarray(summed / np.maximum(photographs, 1)),
        np.bincount(place, weights=right, minlength=BINS).astype(np.int64),
    )


def risk_coverage(confidence: Matrix, right: Flags, steps: int = 20) -> list[tuple[float, float]]:
    """The share of wrong answers among the most confident 5 %, 10 % ... 100 % of all."""
    if not len(confidence):
        return []
    wrong = np.cumsum(~right[np.argsort(-confidence, kind="stable")])
    counts = [max(1, len(wrong) * step // steps) for step in range(1, steps + 1)]
    return [(step / steps, float(wrong[n - 1] / n)) for step, n in enumerate(counts, 1)]
