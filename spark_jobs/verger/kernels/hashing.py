"""Hashes in place of random numbers: what is drawn depends on the data, never on its order."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_GOLDEN = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1


def mix(values: npt.NDArray[np.uint64], seed: int) -> npt.NDArray[np.uint64]:
    """SplitMix64's finaliser (Steele, Lea and Flood, 2014) of each value, varied by the seed."""
    offset = np.uint64((seed + 1) * _GOLDEN & _MASK)
    z = values + offset
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def descriptor_hashes(photo: str, n: int, seed: int) -> npt.NDArray[np.uint64]:
    """A hash for each of the n descriptors of a photograph (32 hex digits)."""
    return mix(mix(np.arange(n, dtype=np.uint64), seed) ^ np.uint64(int(photo[:16], 16)), seed)


def content_hashes(bits: npt.NDArray[np.uint64], seed: int) -> npt.NDArray[np.uint64]:
    """A hash for each descriptor (n x 4 words of 64 bits) that depends on its bits alone."""
    hashes = np.zeros(len(bits), np.uint64)
    for column in bits.T:
        hashes = mix(hashes ^ column, seed)
    return hashes
