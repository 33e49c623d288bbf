"""k-majority: Lloyd's algorithm in Hamming space, integers from end to end.

Assignment by Hamming distance, centre = bitwise majority. After Grana et al., "A fast approach for
integrating ORB descriptors in the bag of words model", 2013. On 0/1 bits the Hamming distance is
the squared Euclidean one, so k-means++ takes distances as its weights.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from verger.config.settings import VocabularySettings
from verger.kernels.bits import Bits
from verger.kernels.hamming import BITS, count_bits, lower_distances, majority, nearest
from verger.vocabulary import lloyd
from verger.vocabulary.geometry import Integers, Lower
from verger.vocabulary.lloyd import Fit
from verger.vocabulary.training import TrainingSet


@dataclass(frozen=True)
class Hamming:
    """Descriptors are 256 bits."""

    farthest: int = BITS

    def nearest(
        self, descriptors: Bits, centres: Bits
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        """The centre that differs in the fewest bits."""
        return nearest(descriptors, centres)

    def add_up(self, descriptors: Bits, words: npt.NDArray[np.int32], k: int) -> Integers:
        """How often each bit is set: k x 256."""
        counts = np.zeros((k, BITS), np.int64)
        count_bits(descriptors, words, counts)
        return counts

    def middles(self, sums: Integers, sizes: Integers) -> Bits:
        """The bits that more than half have."""
        return majority(sums, sizes)

    def lowering(self, candidates: Bits) -> Lower:
        """Compiled, over candidates by columns."""
        columns = np.ascontiguousarray(candidates.T)
        return lambda centre, distances: lower_distances(columns, centre, distances)


def fit(training: TrainingSet, settings: VocabularySettings) -> Fit:
    """Fit k centres once for each restart; the run of lowest cost is kept, the first on ties.

    Raises VergerError if there are fewer than k distinct descriptors.
    """
    return lloyd.fit(training, settings, Hamming())
