"""A linear head: ridge regression of every label against the others, from moments alone.

Every label weighs the same, however many photographs it has: the covariance about the labels'
means is shared, and the means count once each. The score of a species is the sum of the scores of
its labels, for that is what a regression on species would give. Hastie, Tibshirani and Friedman,
"The Elements of Statistical Learning", 2009, sections 3.4 and 4.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from verger.classification.moments import Matrix, Moments, Rows
from verger.kernels.blas import in_threads

# Weights are multiples of 2^-30: sums of integers times weights are then exact in float64, so a
# photograph's scores do not depend on the batch that it is scored in.
STEPS = float(1 << 30)
Floats = npt.NDArray[np.float64] | npt.NDArray[np.float32]
STRENGTHS = (0.01, 0.03, 0.1, 0.3, 1.0)


@dataclass(frozen=True)
class Head:
    """Weights (d x c) and what is added (c): the score of each label is near 1 where it is right,
    and near 0 elsewhere.
    """

    weights: Matrix
    bias: Matrix

    def score(self, rows: Rows) -> Matrix:
        """Scores (n x c) of n rows."""
        return np.asarray(rows.astype(np.float64) @ self.weights + self.bias)


@dataclass(frozen=True)
class Problem:
    """The regression's equations, scaled: shared by all strengths."""

    covariance: Floats  # d x d
    targets: Floats  # d x c
    scale: Matrix  # d
    mean: Matrix  # d
    share: Matrix  # c: what a label weighs

    @classmethod
    def of(cls, moments: Moments, *, standardise: bool) -> Problem:
        """``standardise`` gives every column the same variance; else all have one common scale."""
        share = moments.seen / max(moments.seen.sum(), 1)
        means = moments.means
        mean = share @ means
        apart = (means - mean) * share[:, None]
        covariance = moments.within()
        covariance += apart.T @ (means - mean)
        variances = np.maximum(np.diag(covariance), 0)
        if not standardise:
            variances = np.full(len(variances), variances.mean())
        scale = np.sqrt(np.where(variances > 0, variances, 1))
        covariance /= np.outer(scale, scale)
        return cls(covariance, apart.T / scale[:, None], scale, mean, share)

    def rough(self) -> Problem:
        """The same in single precision: solved in half the time, to some five digits."""
        covariance, targets = (of.astype(np.float32) for of in (self.covariance, self.targets))
        return replace(self, covariance=covariance, targets=targets)

    def solve(self, strength: float) -> Head:
        """The head that this strength of regularisation gives."""
        from scipy.linalg import cho_factor, cho_solve

        ridge = self.covariance.copy(order="F")  # as LAPACK has it, which then works in place
        np.einsum("ii->i", ridge)[:] += strength  # its diagonal
        factor = cho_factor(ridge, lower=True, overwrite_a=True, check_finite=False)
        # Row after row, as models are kept; LAPACK leaves them column after column.
        solved = np.ascontiguousarray(cho_solve(factor, self.targets, check_finite=False))
        weights = np.rint(solved / self.scale[:, None] * STEPS) / STEPS
        return Head(weights, np.rint((self.share - self.mean @ weights) * STEPS) / STEPS)


def error(head: Head, left_out: Moments, within: Matrix, groups: Matrix) -> float:
    """The mean squared error of a head on rows that were left out, from their moments and their
    covariance ``within`` labels (d x d).

    ``groups`` (c x g) adds scores of labels up to what is judged: labels or species. Every label
    that was left out weighs the same.
    """
    weights, bias = head.weights @ groups, head.bias @ groups
    spread = float(np.sum(weights * (within @ weights)))
    seen = left_out.seen
    missed = left_out.means[seen] @ weights + bias - groups[seen]
    return spread + float(np.mean(np.sum(missed**2, axis=1))) if seen.any() else 0.0


def choose(whole: Moments, parts: Sequence[Moments], groups: Matrix, *, standardise: bool) -> float:
    """The strength with the smallest error on parts that are left out in turn."""

    def errors(part: Moments) -> list[float]:
        problem = Problem.of(whole - part, standardise=standardise).rough()
        within = part.within()
        return [error(problem.solve(strength), part, within, groups) for strength in STRENGTHS]

    return STRENGTHS[int(np.argmin(np.sum(in_threads(errors, parts), axis=0)))]
