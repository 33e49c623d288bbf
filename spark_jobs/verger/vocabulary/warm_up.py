"""Compile what workers will run, once a node and before there is work:
python -m verger.vocabulary.warm_up

numba keeps the code in NUMBA_CACHE_DIR and finds it there again by the path of our modules, so this
is worth its seconds where they are installed. Spark unpacks a zip into another folder for each
executor, which then compiles anew.
"""

from __future__ import annotations

import numpy as np

from verger.config.settings import VocabularySettings
from verger.kernels.bits import DESCRIPTOR_BYTES, as_bits
from verger.vocabulary import integer_kmeans, kmajority
from verger.vocabulary.training import InMemory
from verger.vocabulary.words import HammingVocabulary

_FEW = 64


def warm_up() -> None:
    """Fit tiny vocabularies in both geometries and ask them, with the arrays that stages have."""
    drawn = np.random.default_rng(0).integers(0, 256, (_FEW, DESCRIPTOR_BYTES), np.uint8)
    training, settings = InMemory(as_bits(drawn), 1), VocabularySettings(k=2, max_iterations=2)
    for method in (kmajority, integer_kmeans):
        method.fit(training, settings)
    # What comes out of a batch cannot be written to: another type, for numba.
    read = np.frombuffer(drawn.tobytes(), np.uint8).reshape(drawn.shape)
    for method in (kmajority, integer_kmeans):
        method.fit(InMemory(as_bits(read), 1), settings)
    HammingVocabulary(drawn[:2]).quantise(read)


if __name__ == "__main__":
    warm_up()
