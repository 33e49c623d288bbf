"""Histograms of visual words: how often each of the k words occurs in a photograph."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from verger.kernels.bits import DESCRIPTOR_BYTES
from verger.vocabulary.words import Vocabulary

Counts = npt.NDArray[np.int32]
Distances = npt.NDArray[np.int64]


def histograms(described: pa.BinaryArray, vocabulary: Vocabulary) -> tuple[Counts, Distances]:
    """Counts n x k of n photographs, each given as its descriptors (m x 32 bytes); and for each
    the sum of the distances, in bits, between its descriptors and their words (n).
    """
    packed = described.to_pylist()
    lengths = np.array([len(value) // DESCRIPTOR_BYTES for value in packed], np.int64)
    descriptors = np.frombuffer(b"".join(packed), np.uint8).reshape(-1, DESCRIPTOR_BYTES)
    words, distances = vocabulary.quantise(descriptors)
    photographs = np.repeat(np.arange(len(packed)), lengths)
    flat = np.bincount(photographs * vocabulary.k + words, minlength=len(packed) * vocabulary.k)
    # A sum of integers in float64 is exact below 2^53.
    totals = np.bincount(photographs, weights=distances, minlength=len(packed)).astype(np.int64)
    return flat.reshape(len(packed), vocabulary.k).astype(np.int32), totals
