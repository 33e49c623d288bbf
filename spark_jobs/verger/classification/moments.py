"""What ridge regression needs to know of rows: integers that add up in any order.

Rows of integers give sums below 2^53, exact in float64, whatever the partitions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from verger.classification.tree import Indices

Matrix = npt.NDArray[np.float64]
Rows = npt.NDArray[np.integer]


@dataclass(frozen=True)
class Moments:
    """Sums over rows of d numbers with one of c labels each: rows counted per label (c), rows
    summed per label (c x d), and the Gram matrix of all rows (d x d).
    """

    counts: Matrix
    sums: Matrix
    gram: Matrix

    @classmethod
    def of(cls, rows: Rows, labels: Indices, c: int) -> Moments:
        """The moments of n x d integers with labels 0 to c - 1."""
        x = rows.astype(np.float64)
        member = (np.arange(c)[:, None] == labels).astype(np.float64)
        return cls(member.sum(axis=1), member @ x, x.T @ x)

    @classmethod
    def none(cls, c: int, d: int) -> Moments:
        """The moments of no rows."""
        return cls(np.zeros(c), np.zeros((c, d)), np.zeros((d, d)))

    def __add__(self, other: Moments) -> Moments:
        return Moments(self.counts + other.counts, self.sums + other.sums, self.gram + other.gram)

    def __sub__(self, other: Moments) -> Moments:
        return Moments(self.counts - other.counts, self.sums - other.sums, self.gram - other.gram)

    @property
    def seen(self) -> npt.NDArray[np.bool_]:
        """Which labels have any row."""
        return self.counts > 0

    @property
    def means(self) -> Matrix:
        """The mean row of each label (c x d); zeros where there is none."""
        return np.asarray(self.sums / np.maximum(self.counts, 1)[:, None])

    def within(self) -> Matrix:
        """Covariance of the rows about the mean of their label (d x d), over all labels."""
        within = self.sums.T @ self.means
        np.subtract(self.gram, within, out=within)
        within /= max(self.counts.sum(), 1.0)
        return np.asarray(within)

    def to_vector(self) -> Matrix:
        """All numbers in one row, for sums on the executors."""
        return np.concatenate([self.counts, self.sums.reshape(-1), self.gram.reshape(-1)])

    @classmethod
    def from_vector(cls, vector: Matrix, c: int, d: int) -> Moments:
        """What `to_vector` packed."""
        counts, sums, gram = np.split(vector, [c, c + c * d])
        return cls(counts, sums.reshape(c, d), gram.reshape(d, d))
