"""Colour patches: what a photograph's surface looks like, small piece by small piece.

Every patch is cut into cells, and each cell's mean colour in Lab is three bytes of a descriptor.
Lab keeps light apart from colour, and equal steps in it look about equally large.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from verger.config.blocks import ColourSettings
from verger.imaging.mask import View
from verger.kernels.bits import DESCRIPTOR_BYTES, Descriptors


def describe(view: View, settings: ColourSettings) -> Descriptors:
    """Patches whose middle lies on the fruit: n x 32 bytes, small patches first, row by row.

    The first `settings.width` bytes (27) hold the patch, the others are zero: it travels as an ORB
    descriptor does, and is sampled, spread over a cluster and counted by the same code.
    """
    view = view.scaled(settings.side)
    lab = cv2.cvtColor(view.pixels, cv2.COLOR_BGR2Lab).astype(np.uint8, copy=False)
    found = [_of_size(lab, view.mask, size, settings) for size in settings.sizes]
    patches = np.concatenate(found)
    return np.pad(patches, ((0, 0), (0, DESCRIPTOR_BYTES - settings.width)))


def _of_size(lab: npt.NDArray[np.uint8], mask: npt.NDArray[np.uint8], size: int,
             settings: ColourSettings) -> npt.NDArray[np.uint8]:  # fmt: skip
    cell = size / settings.cells
    means = cv2.blur(lab, (max(1, round(cell)),) * 2)
    tops, lefts = (_starts(length, size, settings.step) for length in mask.shape)
    rows, columns = np.nonzero(mask[np.ix_(tops + size // 2, lefts + size // 2)])
    middles = ((np.arange(settings.cells) + 0.5) * cell).astype(np.intp)
    y = tops[rows][:, None, None] + middles[:, None]
    x = lefts[columns][:, None, None] + middles
    return np.asarray(means[y, x].reshape(len(rows), settings.width), np.uint8)


def _starts(length: int, size: int, step: int) -> npt.NDArray[np.intp]:
    return np.arange(0, length - size + 1, max(step, size // 3))
