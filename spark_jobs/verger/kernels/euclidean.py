"""Arithmetic on descriptors of 32 bytes taken for 32 numbers: squared distances, sums, means.

Everything is an integer. Products are added up by the BLAS in 32-bit floats, which hold every
integer up to 2^24 exactly; no sum here exceeds 32 x 255^2 x 3 < 2^23, so neither the order of
addition nor the machine matters.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from verger.kernels.bits import DESCRIPTOR_BYTES, Bits, Descriptors, as_bits, as_bytes
from verger.kernels.jit import compiled

FARTHEST = DESCRIPTOR_BYTES * 255**2  # no two descriptors are farther apart
_PER_CHUNK = 512  # descriptors whose distances to all centres stay in the cache

Sums = npt.NDArray[np.int64]


def nearest(
    descriptors: Bits, centres: Bits
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Nearest centre of each descriptor and its squared distance; on ties the lowest index.

    descriptors n x 4, centres k x 4; returns two arrays of n.
    """
    words = np.empty(len(descriptors), np.int32)
    distances = np.empty(len(descriptors), np.int32)
    by_centre = _closeness(centres)
    for start in range(0, len(descriptors), _PER_CHUNK):
        chunk = slice(start, start + _PER_CHUNK)
        points = _with_one(as_bytes(descriptors[chunk]))
        to_all = points @ by_centre
        found = to_all.argmin(axis=1)  # the first of equals
        words[chunk] = found
        lengths = np.einsum("ij,ij->i", points[:, :-1], points[:, :-1])
        distances[chunk] = lengths + to_all[np.arange(len(found)), found]
    return words, distances


def add_up(descriptors: Bits, words: npt.NDArray[np.int32], k: int) -> Sums:
    """The sums of the bytes of each word's descriptors: k x 32."""
    sums = np.zeros((k, DESCRIPTOR_BYTES), np.int64)
    _add_up(as_bytes(descriptors), words, sums)
    return sums


def add_up_squares(descriptors: Bits, centres: Bits, words: npt.NDArray[np.int32]) -> Sums:
    """The sums of squared distances of each word's descriptors from its centre, byte by byte:
    k x 32.
    """
    sums = np.zeros((len(centres), DESCRIPTOR_BYTES), np.int64)
    _add_up_squares(as_bytes(descriptors), as_bytes(centres), words, sums)
    return sums


def means(sums: Sums, sizes: npt.NDArray[np.int64]) -> Bits:
    """Means of k words (sizes not 0), rounded to bytes; a half is rounded up."""
    rounded = (2 * sums + sizes[:, None]) // (2 * sizes[:, None])
    return as_bits(rounded.astype(np.uint8))


def squared_distances(points: npt.NDArray[np.float32], centre: Bits) -> npt.NDArray[np.int64]:
    """Squared distances of n x 32 numbers, each a whole byte, to one centre (4 words)."""
    numbers = as_bytes(centre[None])[0].astype(np.float32)
    lengths = np.einsum("ij,ij->i", points, points)
    return np.asarray(lengths - 2 * (points @ numbers) + numbers @ numbers, np.int64)


def _closeness(centres: Bits) -> npt.NDArray[np.float32]:
    """33 x k: a descriptor followed by 1, times this, is |c|^2 - 2 x c for each centre c."""
    numbers = as_bytes(centres).astype(np.float32)
    lengths = np.einsum("ij,ij->i", numbers, numbers)
    return np.ascontiguousarray(np.vstack([-2 * numbers.T, lengths]))


def _with_one(descriptors: Descriptors) -> npt.NDArray[np.float32]:
    points = np.ones((len(descriptors), DESCRIPTOR_BYTES + 1), np.float32)
    points[:, :-1] = descriptors
    return points


@compiled
def _add_up(descriptors: Any, words: Any, sums: Any) -> None:
    for i in range(descriptors.shape[0]):
        row = sums[words[i]]
        for byte in range(descriptors.shape[1]):
            row[byte] += np.int64(descriptors[i, byte])


@compiled
def _add_up_squares(descriptors: Any, centres: Any, words: Any, sums: Any) -> None:
    for i in range(descriptors.shape[0]):
        centre, row = centres[words[i]], sums[words[i]]
        for byte in range(descriptors.shape[1]):
            apart = np.int64(descriptors[i, byte]) - np.int64(centre[byte])
            row[byte] += apart * apart
