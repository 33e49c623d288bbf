"""Principal components from sums: counts, means and one Gram matrix, added up in any order.

Histograms are integers, so every partial sum is exact in float64 (below 2^53) and the order of
addition cannot matter. Jolliffe, "Principal Component Analysis", 2002.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]
# Loadings are multiples of 2^-26: with rows of integers whose sum of absolute values is below 2^27,
# every product and every sum of a projection is exact in float64 (53 bits), whatever the order.
LOADING_STEPS = float(1 << 26)


@dataclass(frozen=True)
class Moments:
    """Sums over n rows of width k: rows counted, row sums (k), Gram matrix X'X (k x k)."""

    n: int
    total: Matrix
    gram: Matrix

    @classmethod
    def of(cls, rows: npt.NDArray[np.integer]) -> Moments:
        """The moments of n x k integers."""
        x = rows.astype(np.float64)
        return cls(len(x), x.sum(axis=0), x.T @ x)

    def __add__(self, other: Moments) -> Moments:
        return Moments(self.n + other.n, self.total + other.total, self.gram + other.gram)

    def covariance(self) -> Matrix:
        """Sample covariance (k x k), divisor n - 1. Needs two rows."""
        mean = self.total / self.n
        return np.asarray((self.gram - self.n * np.outer(mean, mean)) / (self.n - 1))


@dataclass(frozen=True)
class PcaModel:
    """Fitted components: loadings c x k (rows of unit length), mean k, variances c and ratios c.

    ``ratios`` are shares of the total variance of all k words, so they sum to 1 or less.
    """

    loadings: Matrix
    mean: Matrix
    variances: Matrix
    ratios: Matrix

    def project(self, rows: npt.NDArray[np.floating] | npt.NDArray[np.integer]) -> Matrix:
        """Coordinates of n x k rows on the components: n x c.

        Integer rows times rounded loadings are sums without rounding, so a photograph's
        coordinates do not depend on the batch that it is projected in.
        """
        origin = self.mean @ self.loadings.T
        return np.asarray(rows.astype(np.float64) @ self.loadings.T - origin)


def supported(n: int, k: int) -> int:
    """How many components n rows of width k can have."""
    return min(n - 1, k)


def fit(moments: Moments, components: int) -> PcaModel:
    """The leading components of the covariance; each is signed so that its largest loading is
    positive. Variances that rounding made negative are zero.
    """
    values, vectors = np.linalg.eigh(moments.covariance())
    leading = np.argsort(-values, kind="stable")[:components]
    loadings = np.rint(_signed(vectors[:, leading].T) * LOADING_STEPS) / LOADING_STEPS
    variances = np.clip(values, 0, None)
    return PcaModel(
        loadings,
        moments.total / moments.n,
        variances[leading],
        variances[leading] / max(variances.sum(), np.finfo(np.float64).tiny),
    )


def _signed(loadings: Matrix) -> Matrix:
    largest = np.argmax(np.abs(loadings), axis=1)
    signs = np.sign(loadings[np.arange(len(loadings)), largest])
    return np.asarray(loadings * np.where(signs == 0, 1, signs)[:, None])
