"""From photographs to counts of visual words, by the project's own code, without Spark."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.quality.album import Album
from verger.config.settings import ExtractorSettings, VocabularySettings
from verger.imaging.orb import Extractor
from verger.kernels.bits import DESCRIPTOR_BYTES
from verger.vocabulary import kmajority
from verger.vocabulary import words as vocabulary
from verger.vocabulary.encoding import Counts, histograms
from verger.vocabulary.sampling import chosen, thresholds
from verger.vocabulary.training import InMemory, unpack
from verger.vocabulary.words import HammingVocabulary

_PER_TASK = 64


def describe(album: Album, extractor: ExtractorSettings, pool: Executor) -> list[bytes]:
    """The descriptors of every photograph (m x 32 bytes)."""
    tasks = [album.paths[i : i + _PER_TASK] for i in range(0, len(album.paths), _PER_TASK)]
    described = pool.map(_describe, tasks, [extractor] * len(tasks))
    return [descriptors for task in described for descriptors in task]


def _describe(paths: Sequence[Path], extractor: ExtractorSettings) -> list[bytes]:
    describer = Extractor(extractor)
    return [describer.describe(path.read_bytes()).tobytes() for path in paths]


def fit(
    album: Album, described: Sequence[bytes], settings: VocabularySettings, threads: int
) -> HammingVocabulary:
    """A vocabulary as build_vocabulary fits it: a capped sample, balanced over labels."""
    available: Counter[str] = Counter()
    for label, descriptors in zip(album.labels, described, strict=True):
        available[str(label)] += len(descriptors) // DESCRIPTOR_BYTES
    cap = None if settings.sample_per_word is None else settings.sample_per_word * settings.k
    limits = thresholds(available, cap)
    sample = []
    for photo, label, descriptors in zip(album.ids(), album.labels, described, strict=True):
        rows = np.frombuffer(descriptors, np.uint8).reshape(-1, DESCRIPTOR_BYTES)
        drawn = chosen(photo, len(rows), limits[str(label)], settings.seed)
        sample.append(rows[drawn].tobytes())
    fitted = kmajority.fit(InMemory(unpack(sample), threads), settings)
    return vocabulary.from_fit(fitted.best.centres)


def count(described: Sequence[bytes], words: HammingVocabulary, threads: int) -> Counts:
    """Histograms of n photographs: n x k."""
    tasks = [described[i : i + _PER_TASK] for i in range(0, len(described), _PER_TASK)]
    with ThreadPoolExecutor(threads) as pool:  # the kernel releases the GIL
        counted = pool.map(lambda task: histograms(pa.array(task, pa.binary()), words), tasks)
        return np.concatenate([counts for counts, _ in counted])
