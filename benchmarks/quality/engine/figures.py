"""A measured figure: a share with its standard error over groups, and how many stand behind it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.quality.album import Names


@dataclass(frozen=True)
class Figure:
    """A mean over groups of photographs. ``error`` is its standard error over these groups."""

    value: float
    error: float
    photographs: int
    groups: int

    def __str__(self) -> str:
        known = f" ± {100 * self.error:.1f}" if self.groups > 1 else ""  # one group tells none
        return f"{100 * self.value:.1f}{known}"

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def over_photographs(right: npt.NDArray[np.bool_], groups: Names) -> Figure:
    """The share of n photographs that are right; the error is that of a mean over groups, each
    weighing as many photographs as it has.
    """
    return _weighted(right.astype(np.float64), groups)


def over_groups(marks: npt.NDArray[np.float64], groups: Names) -> Figure:
    """The mean over groups of what each got in all draws; marks are draws x n, NaN where a
    photograph was not asked.
    """
    asked = ~np.isnan(marks).all(axis=0)
    marks, groups = marks[:, asked], groups[asked]
    names = np.unique(groups)
    means = np.array([np.nanmean(marks[:, groups == name]) for name in names])
    error = float(means.std(ddof=1) / np.sqrt(len(means))) if len(means) > 1 else 0.0
    return Figure(float(means.mean()), error, marks.shape[1], len(names))


def area_under_curve(
    inside: npt.NDArray[np.float64], outside: npt.NDArray[np.float64], groups: Names
) -> Figure:
    """How often one from outside scores higher than one from inside (AUROC; ties count a half).

    The error is that of a mean over the groups of those from outside.
    """
    known = np.sort(inside)
    below, up_to = (np.searchsorted(known, outside, side=side) for side in ("left", "right"))
    return _weighted((below + up_to) / 2 / len(known), groups)


def _weighted(values: npt.NDArray[np.float64], groups: Names) -> Figure:
    value = float(values.mean())
    names, of = np.unique(groups, return_inverse=True)
    off = np.bincount(of, weights=values - value, minlength=len(names))
    m = len(names)
    error = np.sqrt(np.sum(off**2) * m / max(m - 1, 1)) / len(values)
    return Figure(value, float(error), len(values), m)
