"""Gradient patches: which way edges run, small piece by small piece, whatever their colour.

Every patch is cut into 2 x 2 cells, and the edges of each are counted in eight directions.
After Lowe, "Distinctive image features from scale-invariant keypoints", 2004; square roots of
shares after Arandjelovic and Zisserman, "Three things everyone should know to improve object
retrieval", 2012.
"""

from __future__ import annotations

import functools

import cv2
import numpy as np
import numpy.typing as npt

from verger.config.blocks import GradientSettings
from verger.imaging.mask import View
from verger.kernels.bits import DESCRIPTOR_BYTES, Descriptors

_CELLS, _DIRECTIONS = 2, 8
_STEPS = 16  # an edge is shared by two directions in so many steps
_LARGEST = 255  # of a difference of two pixels
_FAINT = 2  # a patch whose mean edge is below this stays shorter than the others


def describe(view: View, settings: GradientSettings) -> Descriptors:
    """Patches whose middle lies on the fruit: n x 32 bytes, small patches first, row by row."""
    view = view.scaled(settings.side)
    lab = cv2.cvtColor(view.pixels, cv2.COLOR_BGR2Lab).astype(np.uint8, copy=False)
    edges = _edges(lab[:, :, 0])
    found = [_of_size(edges, view.mask, size, settings.step) for size in settings.sizes]
    return np.concatenate(found)


def _edges(light: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """The strength of the edge at each pixel in eight directions (height x width x 8), whole
    numbers of 1 / 16 grey levels.
    """
    smooth = cv2.GaussianBlur(light, (3, 3), 0)
    right = cv2.Sobel(smooth, cv2.CV_16S, 1, 0, ksize=1).reshape(-1) + _LARGEST
    down = cv2.Sobel(smooth, cv2.CV_16S, 0, 1, ksize=1).reshape(-1) + _LARGEST
    first, of_first, of_next = (table[down, right] for table in _tables())
    edges = np.zeros((light.size, _DIRECTIONS), np.float32)
    pixels = np.arange(light.size)
    edges[pixels, first] = of_first
    edges[pixels, (first + 1) % _DIRECTIONS] = of_next
    return edges.reshape(*light.shape, _DIRECTIONS)


@functools.cache
def _tables() -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """For every pair of differences (down, right): the direction that the edge is just beyond, and
    its strength in that direction and in the next.
    """
    down, right = np.mgrid[-_LARGEST : _LARGEST + 1, -_LARGEST : _LARGEST + 1]
    turn = np.rint(np.arctan2(down, right) / (2 * np.pi) * _DIRECTIONS * _STEPS).astype(np.intp)
    first, share = np.divmod(turn % (_DIRECTIONS * _STEPS), _STEPS)
    strength = np.sqrt(down**2 + right**2)
    return (
        first,
        np.rint(strength * (_STEPS - share)).astype(np.float32),
        np.rint(strength * share).astype(np.float32),
    )


def _of_size(
    edges: npt.NDArray[np.float32], mask: npt.NDArray[np.uint8], size: int, step: int
) -> Descriptors:
    cell = size // _CELLS
    # Sums of whole numbers below 2^24: exact in 32-bit floats, whatever the order.
    sums = cv2.boxFilter(edges, -1, (cell, cell), normalize=False)
    tops, lefts = (np.arange(0, length - size + 1, max(step, size // 3)) for length in mask.shape)
    rows, columns = np.nonzero(mask[np.ix_(tops + size // 2, lefts + size // 2)])
    middles = np.arange(_CELLS) * cell + cell // 2
    y = tops[rows][:, None, None] + middles[:, None]
    x = lefts[columns][:, None, None] + middles
    patches = sums[y, x].reshape(len(rows), DESCRIPTOR_BYTES)
    total = patches.sum(axis=1, keepdims=True)
    shares = patches / np.maximum(total, _FAINT * _STEPS * size * size)
    return np.asarray(np.rint(255 * np.sqrt(shares)), np.uint8)
