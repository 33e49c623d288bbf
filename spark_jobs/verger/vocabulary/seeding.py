"""Where k-means begins: k-means++ (Arthur and Vassilvitskii, 2007) on a random sample.

The sample is chosen by the content of descriptors, so their order does not matter.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from verger.config.settings import VocabularySettings
from verger.errors import VergerError
from verger.kernels.bits import Bits
from verger.kernels.blas import one_blas_thread
from verger.kernels.hamming import first_above
from verger.kernels.hashing import content_hashes, mix
from verger.kernels.lowest import Lowest
from verger.vocabulary.geometry import Geometry
from verger.vocabulary.training import TrainingSet

# Seeding looks at so many descriptors for each word: as good as all, and they fit in the driver.
SEEDING_PER_WORD = 64


def seed_centres(
    training: TrainingSet, settings: VocabularySettings, restart: int, geometry: Geometry
) -> Bits:
    """k-means++ on a random sample: the descriptors of lowest hash; seed and restart vary the hash.

    Raises VergerError, with the number that would work, if k words cannot all differ.
    """
    k = settings.k
    draw = int(mix(np.array([restart], np.uint64), settings.seed)[0])
    candidates = training.fold(partial(_lowest_hashes, seed=draw, most=SEEDING_PER_WORD * k)).bits
    if len(candidates) < k:
        raise VergerError(
            f"{k} visual words asked for, but there are only {len(candidates)} distinct "
            f"descriptors; use --k {len(candidates)} or fewer, or bring more photographs"
        )
    with one_blas_thread():
        return spread(candidates, k, draw, geometry)


def spread(candidates: Bits, k: int, seed: int, geometry: Geometry) -> Bits:
    """k-means++ seeding: each next centre is drawn with weight = distance to those before."""
    chosen = np.empty(k, np.int64)
    draws = mix(np.arange(k, dtype=np.uint64), seed)
    distances = np.full(len(candidates), geometry.farthest, np.int64)
    lower = geometry.lowering(candidates)
    total = int(distances.sum())
    for j, draw in enumerate(draws):
        chosen[j] = first_above(distances, np.int64(int(draw) % total))
        total = lower(candidates[chosen[j]], distances)
    return candidates[chosen]


def _lowest_hashes(descriptors: Bits, seed: int, most: int) -> Lowest:
    return Lowest.of(content_hashes(descriptors, seed), descriptors, most)
