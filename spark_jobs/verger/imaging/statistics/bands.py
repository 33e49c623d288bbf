"""Texture by scale: the energy of each band of a pyramid, and which way its gradients point."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from verger.imaging.statistics.subject import Numbers, Subject, mean

_SCALE = 64  # steps in a level of grey: 255 of them still fit in 16 bits
# Binomial filters: their weights are powers of 1/2, so 32-bit floats hold every product exactly.
_NARROW = np.array([1, 2, 1], np.float32) / 4
_WIDE = np.array([1, 4, 6, 4, 1], np.float32) / 16
_LEVELS = 3
_DEPTH = 64  # of 255: as deep must a pixel lie, so that no band sees the outline
_FEWEST = 20  # pixels of a level; below them, all count
WIDTH = _LEVELS * 2 * 9 + (_LEVELS - 1) * 5


def describe(subject: Subject) -> Numbers:
    """Of L, a, b in two bands of three levels: mean size, peakedness and skewness; of the gradients
    of L in two levels: along and across the direction to the fruit's centre.
    """
    image = subject.lab.astype(np.int16) * _SCALE
    deep = (subject.depth > _DEPTH).astype(np.uint8)
    found = []
    for level in range(_LEVELS):
        inside = np.flatnonzero(deep)
        if len(inside) < _FEWEST:
            inside = np.arange(deep.size)
        smooth = image
        for weights in (_NARROW, _WIDE):
            smoother = np.asarray(cv2.sepFilter2D(smooth, -1, weights, weights), np.int16)
            band = (smooth - smoother).reshape(-1, 3).take(inside, axis=0)
            found.append(_energy(band))
            smooth = smoother
        if level < _LEVELS - 1:
            found.append(_directions(smooth[:, :, 0], inside))
            image, deep = np.ascontiguousarray(smooth[::2, ::2]), deep[::2, ::2]
    return np.concatenate(found)


def _energy(band: npt.NDArray[np.int16]) -> Numbers:
    values = band.astype(np.float64)
    squares = values * values
    size = mean(np.abs(values)) / _SCALE + 0.05
    square = mean(squares) / _SCALE**2 + 0.01
    cube = mean(squares * values) / _SCALE**3
    return np.concatenate([np.log(size), np.log(square) / 2 - np.log(size), cube / square**1.5 / 4])


def _directions(light: npt.NDArray[np.int16], inside: npt.NDArray[np.intp]) -> Numbers:
    light = np.ascontiguousarray(light)
    right = cv2.Sobel(light, cv2.CV_32F, 1, 0).reshape(-1)[inside].astype(np.float64)
    down = cv2.Sobel(light, cv2.CV_32F, 0, 1).reshape(-1)[inside].astype(np.float64)
    rows, columns = np.divmod(inside, light.shape[1])
    y, x = rows - rows.sum() / len(rows), columns - columns.sum() / len(columns)
    distance = np.sqrt(x * x + y * y) + 1e-3
    # Rounded to integers, so that sums do not depend on their order.
    along = np.rint((right * x + down * y) / distance)
    across = np.rint((down * x - right * y) / distance)
    both = np.column_stack([along, across])
    sizes = mean(np.abs(both)) / _SCALE + 0.3
    means = mean(both) / _SCALE / 8
    return np.concatenate([np.log(sizes), [np.log(sizes[0] / sizes[1])], means])
