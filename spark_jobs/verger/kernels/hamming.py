"""Arithmetic on 256-bit descriptors: integers only, so the same result on every machine.

A descriptor is four 64-bit words here. Compiled with numba; on processors with AVX-512 the inner
loop becomes vpopcntq, with AVX2 alone look-ups take its place, elsewhere it becomes popcnt: always
with the same numbers.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import numpy.typing as npt

from verger.kernels import lookup
from verger.kernels.bits import Bits
from verger.kernels.jit import compiled, popcount

BITS = 256
# The word's index lies below the distance in one integer, so one minimum finds both.
_INDEX_BITS = 16


def nearest(
    descriptors: Bits, centres: Bits
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Nearest centre of each descriptor and its Hamming distance; on ties the lowest index.

    descriptors n x 4, centres k x 4 with k <= 65536; returns two arrays of n.
    """
    if not 0 < len(centres) <= 1 << _INDEX_BITS:
        raise ValueError(f"{len(centres)} centres: use 1 to {1 << _INDEX_BITS}")
    words = np.empty(len(descriptors), np.int32)
    distances = np.empty(len(descriptors), np.int32)
    columns = np.ascontiguousarray(centres.T)
    if not lookup.is_fastest():
        _assign(descriptors, columns, words, distances)
        return words, distances
    lookup.assign(descriptors, centres, words, distances)
    # A distance of 256 looks like 0 there; these few are counted anew.
    for i in np.flatnonzero(distances == 0):
        if (descriptors[i] != centres[words[i]]).any():
            _assign(descriptors[i : i + 1], columns, words[i : i + 1], distances[i : i + 1])
    return words, distances


@compiled
def _assign(descriptors: Bits, columns: Bits, words: Any, distances: Any) -> None:
    k = columns.shape[1]
    c0, c1, c2, c3 = columns[0], columns[1], columns[2], columns[3]
    for i in range(descriptors.shape[0]):
        x0, x1 = descriptors[i, 0], descriptors[i, 1]
        x2, x3 = descriptors[i, 2], descriptors[i, 3]
        best = np.uint64(0xFFFFFFFF)
        for j in range(k):
            distance = (
                popcount(x0 ^ c0[j])
                + popcount(x1 ^ c1[j])
                + popcount(x2 ^ c2[j])
                + popcount(x3 ^ c3[j])
            )
            best = min(best, (distance << np.uint64(16)) | np.uint64(j))
        words[i] = np.int32(best & np.uint64(0xFFFF))
        distances[i] = np.int32(best >> np.uint64(16))


@compiled
def lower_distances(columns: Bits, centre: Bits, distances: Any) -> int:
    """In place: the distance to the centre (4 words) where it is below the distance so far.

    The descriptors are 4 x n here, so several of them fill a register. Returns the sum of all
    distances.
    """
    x0, x1, x2, x3 = columns[0], columns[1], columns[2], columns[3]
    c0, c1, c2, c3 = centre[0], centre[1], centre[2], centre[3]
    total = np.int64(0)
    for i in range(distances.shape[0]):
        distance = np.int64(
            popcount(x0[i] ^ c0)
            + popcount(x1[i] ^ c1)
            + popcount(x2[i] ^ c2)
            + popcount(x3[i] ^ c3)
        )
        distances[i] = min(distances[i], distance)
        total += distances[i]
    return int(total)


@compiled
def first_above(weights: Any, target: Any) -> int:
    """Lowest index at which the running sum of the weights exceeds the target."""
    running = np.int64(0)
    last: int = weights.shape[0] - 1
    for i in range(weights.shape[0]):
        running += weights[i]
        if running > target:
            return i
    return last


@compiled
def count_bits(descriptors: Bits, words: Any, counts: Any) -> None:
    """Add each descriptor's 256 bits to its word's row of counts (k x 256), in place."""
    for i in range(descriptors.shape[0]):
        row = counts[words[i]]
        for q in range(4):
            value = descriptors[i, q]
            for b in range(64):
                row[q * 64 + b] += np.int64((value >> np.uint64(b)) & np.uint64(1))


def majority(counts: npt.NDArray[np.int64], sizes: npt.NDArray[np.int64]) -> Bits:
    """Centres from the counts of set bits (k x 256) and the sizes (k): a tie gives 0."""
    set_bits = 2 * counts > sizes[:, None]
    powers = _powers()
    values = np.where(set_bits.reshape(-1, 4, 64), powers, np.uint64(0))
    return np.asarray(values.sum(axis=2, dtype=np.uint64))


@functools.cache
def _powers() -> npt.NDArray[np.uint64]:
    return np.left_shift(np.uint64(1), np.arange(64, dtype=np.uint64))
