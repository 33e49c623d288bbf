"""k-means on bytes, in integers: centres are means rounded to bytes, by one fixed rule.

Lloyd, "Least squares quantization in PCM", 1982. Sums of bytes are exact and a half is rounded up,
so the words are the same bytes whatever the number of partitions, cores or machines.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from verger.config.settings import VocabularySettings
from verger.kernels import euclidean
from verger.kernels.bits import Bits, as_bytes
from verger.vocabulary import lloyd
from verger.vocabulary.geometry import Integers, Lower
from verger.vocabulary.lloyd import Fit
from verger.vocabulary.training import TrainingSet


@dataclass(frozen=True)
class Euclidean:
    """Descriptors are 32 bytes taken for numbers; distances are squared."""

    farthest: int = euclidean.FARTHEST

    def nearest(
        self, descriptors: Bits, centres: Bits
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        """The centre at the smallest squared distance."""
        return euclidean.nearest(descriptors, centres)

    def add_up(self, descriptors: Bits, words: npt.NDArray[np.int32], k: int) -> Integers:
        """Sums of bytes: k x 32."""
        return euclidean.add_up(descriptors, words, k)

    def middles(self, sums: Integers, sizes: Integers) -> Bits:
        """Means rounded to bytes."""
        return euclidean.means(sums, sizes)

    def lowering(self, candidates: Bits) -> Lower:
        """By one product of the candidates with the centre."""
        points = as_bytes(candidates).astype(np.float32)

        def lower(centre: Bits, distances: Integers) -> int:
            np.minimum(distances, euclidean.squared_distances(points, centre), out=distances)
            return int(distances.sum())

        return lower


def fit(training: TrainingSet, settings: VocabularySettings) -> Fit:
    """Fit k centres (k x 4 words of 64 bits) once for each restart; the run of lowest cost
    is kept, the first on ties.

    Raises VergerError if there are fewer than k distinct descriptors.
    """
    return lloyd.fit(training, settings, Euclidean())
