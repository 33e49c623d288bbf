"""The distinct descriptors of lowest key: a sample that can be merged from parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from verger.kernels.bits import Bits

Keys = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Lowest:
    """At most `most` distinct descriptors (n x 4) with their keys (n), ascending by key, then bits.

    With a hash for the key this is a bottom-k sketch (Cohen and Kaplan, 2007): a random sample of
    the distinct descriptors that does not depend on how they were cut or ordered.
    """

    keys: Keys
    bits: Bits
    most: int

    @classmethod
    def of(cls, keys: Keys, bits: Bits, most: int) -> Lowest:
        """The lowest of n keyed descriptors. Equal descriptors must have equal keys."""
        candidates = most
        while candidates < len(keys):
            # A cut at a key, with all that share it, is far cheaper than sorting everything.
            cut = np.flatnonzero(keys <= np.partition(keys, candidates - 1)[candidates - 1])
            lowest = cls._sorted(keys[cut], bits[cut], most)
            if len(lowest.keys) == most:
                return lowest
            candidates *= 2  # some were repetitions
        return cls._sorted(keys, bits, most)

    @classmethod
    def _sorted(cls, keys: Keys, bits: Bits, most: int) -> Lowest:
        order = np.argsort(keys)
        keys, bits = keys[order], bits[order]
        tied = np.zeros(len(keys), bool)
        tied[1:] = keys[1:] == keys[:-1]
        tied[:-1] |= tied[1:]
        among = np.lexsort((*bits[tied].T[::-1], keys[tied]))
        bits[tied] = bits[tied][among]
        first = np.ones(len(bits), bool)
        first[1:] = (bits[1:] != bits[:-1]).any(axis=1)
        kept = np.flatnonzero(first)[:most]
        return cls(keys[kept], bits[kept], most)

    def __add__(self, other: Lowest) -> Lowest:
        keys = np.concatenate([self.keys, other.keys])
        return Lowest.of(keys, np.concatenate([self.bits, other.bits]), self.most)
