"""How descriptors spread about the words that are nearest to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from verger.kernels import euclidean
from verger.kernels.bits import Bits


@dataclass(frozen=True)
class Spread:
    """Sums over the descriptors of k words: their number (k), squared distances from the centre in
    each of 32 numbers (k x 32).
    """

    sizes: npt.NDArray[np.int64]
    squares: npt.NDArray[np.int64]

    @classmethod
    def of(cls, descriptors: Bits, centres: Bits) -> Spread:
        """The spread of n x 4 descriptors about k x 4 centres."""
        words, _ = euclidean.nearest(descriptors, centres)
        sizes = np.bincount(words, minlength=len(centres))
        return cls(sizes, euclidean.add_up_squares(descriptors, centres, words))

    def __add__(self, other: Spread) -> Spread:
        return Spread(self.sizes + other.sizes, self.squares + other.squares)
