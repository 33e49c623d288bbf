"""What k-means asks of the space that descriptors of 32 bytes lie in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
import numpy.typing as npt

from verger.kernels.bits import Bits

Integers = npt.NDArray[np.int64]
# Lowers each candidate's distance (n, in place) to that from a centre (4); returns their sum.
Lower = Callable[[Bits, Integers], int]


class Geometry(Protocol):
    """What a distance is, and what the middle of many descriptors. Descriptors are n x 4."""

    @property
    def farthest(self) -> int:
        """No two descriptors are farther apart."""

    def nearest(
        self, descriptors: Bits, centres: Bits
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        """Nearest centre of each descriptor and its distance; on ties the lowest index."""

    def add_up(self, descriptors: Bits, words: npt.NDArray[np.int32], k: int) -> Integers:
        """Of each of the k words, the sums (k x c) that its centre is made from."""

    def middles(self, sums: Integers, sizes: Integers) -> Bits:
        """Centres from sums and sizes (none 0)."""

    def lowering(self, candidates: Bits) -> Lower:
        """How distances from candidates (n x 4) to the nearest chosen one are kept."""
