"""What all statistics are taken from: a fruit's colours, its body, and how deep each pixel lies."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from verger.imaging.mask import Mask, View

Numbers = npt.NDArray[np.float64]

_STALK = np.ones((13, 13), np.uint8)  # opening with it takes away stalks and leaves
_FEWEST = 50  # pixels that a body has at least
_RIM = 38  # of 255: the outermost part, where the background shines through


@dataclass(frozen=True)
class Subject:
    """One fruit.

    ``lab``: height x width x 3 bytes. ``mask``: all of the fruit; ``body``: without its stalk.
    ``depth``: 0 at the body's outline, 255 where it is thickest. ``core``: indices of the pixels
    (of the flattened image) that lie deeper than the rim.
    """

    lab: npt.NDArray[np.uint8]
    mask: Mask
    body: Mask
    depth: npt.NDArray[np.uint8]
    core: npt.NDArray[np.intp]

    @classmethod
    def of(cls, view: View) -> Subject:
        """The subject of a view that has been scaled."""
        lab = cv2.cvtColor(view.pixels, cv2.COLOR_BGR2Lab).astype(np.uint8, copy=False)
        body = cv2.morphologyEx(view.mask, cv2.MORPH_OPEN, _STALK).astype(np.uint8, copy=False)
        if cv2.countNonZero(body) < _FEWEST:
            body = view.mask
        # Zeros all around: a fruit that the frame cuts is shallow at the cut, too.
        framed = cv2.copyMakeBorder(body, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
        distances = cv2.distanceTransform(framed, cv2.DIST_L2, 3)[1:-1, 1:-1]
        depth = (distances * (255 / max(float(distances.max()), 1.0))).astype(np.uint8)
        return cls(lab, view.mask, body, depth, np.flatnonzero(depth > _RIM))

    @cached_property
    def colours(self) -> npt.NDArray[np.uint8]:
        """Lab of the core's pixels (n x 3)."""
        return self.lab.reshape(-1, 3).take(self.core, axis=0)

    @cached_property
    def middle(self) -> Numbers:
        """Medians of the core's three colours."""
        return np.array([quantiles(values, np.array([0.5]))[0] for values in self.colours.T])

    @cached_property
    def places(self) -> tuple[npt.NDArray[np.intp], Numbers, Numbers]:
        """The body's pixels: index in the flattened image, and rows and columns from its centre."""
        inside = np.flatnonzero(self.body)
        rows, columns = np.divmod(inside, self.body.shape[1])
        return inside, rows - rows.sum() / len(rows), columns - columns.sum() / len(columns)


def quantiles(values: npt.NDArray[np.uint8], shares: Numbers) -> Numbers:
    """The lowest byte that at least that share of the values does not exceed, for each share."""
    below = np.cumsum(np.bincount(values, minlength=256))
    return np.asarray(np.searchsorted(below, shares * below[-1]), np.float64)


def mean(values: npt.NDArray[np.number]) -> Numbers:
    """Column means of n x c integers (n not 0): exact sums, whatever adds them up."""
    exact = values.astype(np.float64)
    return np.asarray(np.ones(len(exact)) @ exact / len(exact))
