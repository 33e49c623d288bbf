"""How far a photograph is from everything that was trained: the ground for "I don't know".

Mahalanobis distance to the nearest label, with one covariance for all labels, on the leading
components of what the labels have in common. Lee et al., "A Simple Unified Framework for Detecting
Out-of-Distribution Samples", 2018.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from verger.classification.moments import Matrix, Moments, Rows

COMPONENTS = 128
FLOOR = 1e-3  # the smallest variance of a component, as a share of the mean


@dataclass(frozen=True)
class Novelty:
    """``axes`` (d x m) take rows to coordinates in which the labels vary by 1; ``centres`` (c x m)
    are the labels there, those that have photographs.
    """

    axes: Matrix
    centres: Matrix

    def distance(self, rows: Rows) -> Matrix:
        """Distances (n) to the nearest label, per component: about 1 for what is known.

        Infinite where nothing is known.
        """
        x = rows.astype(np.float64) @ self.axes
        squares = (x**2).sum(axis=1)[:, None] - 2 * x @ self.centres.T
        squares = squares + (self.centres**2).sum(axis=1)
        nearest = np.maximum(squares.min(axis=1, initial=np.inf), 0)
        return np.asarray(np.sqrt(nearest / self.axes.shape[1]))


def fit(moments: Moments) -> Novelty:
    """What lies where, from the moments of all rows."""
    within = moments.within()
    scale = np.sqrt(np.where(np.diag(within) > 0, np.diag(within), 1))
    values, vectors = np.linalg.eigh(within / np.outer(scale, scale))
    leading = np.argsort(-values, kind="stable")[:COMPONENTS]
    spread = np.sqrt(np.maximum(values[leading], FLOOR * max(float(values.mean()), FLOOR)))
    axes = vectors[:, leading] / spread / scale[:, None]
    return Novelty(np.asarray(axes), moments.means[moments.seen] @ axes)
