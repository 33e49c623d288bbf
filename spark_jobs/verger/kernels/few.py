"""Nearest words of the few descriptors of one photograph, by a matrix product.

The compiled kernels are several times as fast and take a second to load: not worth it for one
photograph. These give the same words.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from verger.kernels.bits import Descriptors

Words = npt.NDArray[np.int64]


def nearest_bits(descriptors: Descriptors, centres: Descriptors) -> Words:
    """The centre (k x 32 bytes) at the smallest Hamming distance; on ties the lowest.

    As numbers of -1 and 1 two descriptors have the inner product 256 - 2 x distance: whole numbers
    that 32-bit floats hold exactly.
    """
    signs, others = _signs(descriptors), _signs(centres)
    return np.asarray((signs @ others.T).argmax(axis=1))


def nearest_bytes(descriptors: Descriptors, centres: Descriptors) -> Words:
    """The centre at the smallest squared distance; on ties the lowest. No sum exceeds 2^23."""
    numbers = centres.astype(np.float32)
    offsets = np.einsum("ij,ij->i", numbers, numbers)
    return np.asarray((offsets - 2 * (descriptors.astype(np.float32) @ numbers.T)).argmin(axis=1))


def nearest_points(descriptors: Descriptors, centres: npt.NDArray[np.float64]) -> Words:
    """The centre (k x 32 numbers) at the smallest squared distance; on ties the lowest."""
    offsets = np.einsum("ij,ij->i", centres, centres)
    return np.asarray((offsets - 2 * (descriptors.astype(np.float64) @ centres.T)).argmin(axis=1))


def _signs(descriptors: Descriptors) -> npt.NDArray[np.float32]:
    return np.unpackbits(descriptors, axis=1).astype(np.float32) * 2 - 1
