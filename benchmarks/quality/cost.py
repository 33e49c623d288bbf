"""Processor time of one photograph, from its file's bytes to its histogram, on one core.

Processor seconds, not the clock's: what else runs on the machine hardly shows. What does show (a
neighbour in the same caches, a lower clock rate) is divided out by a reference that takes turns.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

import pyarrow as pa

from verger.config.settings import ExtractorSettings
from verger.imaging.orb import Extractor
from verger.kernels.bits import Descriptors
from verger.vocabulary.encoding import histograms
from verger.vocabulary.words import Vocabulary


@dataclass(frozen=True)
class Cost:
    """Processor seconds for a photograph, and those of the reference in the same minute."""

    seconds: float
    reference: float

    @property
    def relative(self) -> float:
        """In units of the reference."""
        return self.seconds / self.reference


def measure(
    extractor: ExtractorSettings, words: Vocabulary, reference: ExtractorSettings,
    photographs: Sequence[bytes], repeats: int = 5,
) -> Cost:  # fmt: skip
    """Extraction and counting take turns with the reference's extraction; medians of so many
    repeats after a warm-up.
    """

    def own() -> None:
        described = [found.tobytes() for found in _describe(extractor, photographs)]
        histograms(pa.array(described, pa.binary()), words)

    seconds, others = [], []
    for turn in range(-1, repeats):
        once = _processor_seconds(own)
        other = _processor_seconds(lambda: _describe(reference, photographs))
        if turn >= 0:
            seconds.append(once / len(photographs))
            others.append(other / len(photographs))
    return Cost(median(seconds), median(others))


def _describe(extractor: ExtractorSettings, photographs: Sequence[bytes]) -> list[Descriptors]:
    describer = Extractor(extractor)
    return [describer.describe(content) for content in photographs]


def _processor_seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started
