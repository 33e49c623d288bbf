"""The judge: a linear support vector machine, the same for all that is compared.

Rows are scaled by one number, so that the training rows have length 1 on average: the judge's
regularisation then means the same for counts and for normalised rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.svm import LinearSVC

from benchmarks.quality.album import Names
from benchmarks.quality.draws import FOLDS

Rows = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Unseen:
    """Shares of photographs whose species was named right, of varieties the judge never saw:
    in each draw, and of each variety over all draws that held it out.
    """

    draws: tuple[float, ...]
    varieties: tuple[float, ...]

    @property
    def mean(self) -> float:
        """The mean over varieties."""
        return float(np.mean(self.varieties))


def right(train: Rows, labels: Names, test: Rows, truth: Names) -> npt.NDArray[np.bool_]:
    """For each test row (m x c) whether a judge trained on n x c rows names its label."""
    scale = np.sqrt(np.square(train).sum(axis=1).mean()) or 1.0
    judge = LinearSVC(C=1.0, dual=False).fit(train / scale, labels)
    return np.asarray(judge.predict(test / scale) == truth)


def unseen(
    features: Sequence[Rows], species: Names, varieties: Names, held_out: Sequence[Names],
    threads: int,
) -> Unseen:  # fmt: skip
    """Every draw judged; repetitions take turns with the features (n x c) of several
    vocabularies, so that the luck of a vocabulary averages out too.
    """

    def judge(draw: int) -> npt.NDArray[np.float64]:
        rows = features[draw // FOLDS % len(features)]
        test = np.isin(varieties, held_out[draw])
        marks = np.full(len(rows), np.nan)
        marks[test] = right(rows[~test], species[~test], rows[test], species[test])
        return marks

    with ThreadPoolExecutor(threads) as pool:  # liblinear releases the GIL
        marks = np.array(list(pool.map(judge, range(len(held_out)))))
    return Unseen(
        tuple(float(np.nanmean(of_draw)) for of_draw in marks),
        tuple(float(np.nanmean(marks[:, varieties == name])) for name in np.unique(varieties)),
    )
