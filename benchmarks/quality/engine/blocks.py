"""Rows of features of whole albums, block by block, by the project's own code and without Spark."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.quality.album import Album
from benchmarks.quality.remember import arrays_once, fingerprint
from verger.config.blocks import (
    ColourSettings,
    FisherSettings,
    GradientSettings,
    MaskSettings,
    NetworkSettings,
    StatisticsSettings,
)
from verger.config.settings import ExtractorSettings, VocabularySettings, Weighting
from verger.features.fisher import Mixture
from verger.features.weighting import weigh
from verger.imaging import colour, gradients, statistics
from verger.imaging.decoding import Pixels, decode
from verger.imaging.mask import look
from verger.imaging.network import Network
from verger.imaging.orb import Extractor
from verger.kernels import euclidean, hamming
from verger.kernels.bits import Bits, Descriptors, as_bits
from verger.vocabulary import integer_kmeans, kmajority
from verger.vocabulary.sampling import chosen
from verger.vocabulary.training import InMemory

log = logging.getLogger("benchmarks")

Rows = npt.NDArray[np.int32]
Settings = (
    ExtractorSettings
    | ColourSettings
    | GradientSettings
    | StatisticsSettings
    | FisherSettings
    | NetworkSettings
)
Describe = Callable[[Pixels], npt.NDArray[Any]]
Row = Callable[[npt.NDArray[Any]], npt.NDArray[np.int32]]

LONGEST = 400  # pixels of the longer side that all blocks look at
_SAMPLE_PER_WORD = 100  # descriptors for each word of a vocabulary
_SAMPLE_PER_COMPONENT = 2000  # and for each component of a mixture


@dataclass(frozen=True)
class Block:
    """A kind of feature: its name, its settings, how many words it has if it has any."""

    name: str
    settings: Settings
    words: int = 1000


class Extraction:
    """Rows of one block for several albums; words are fitted to the first album alone."""

    def __init__(self, block: Block, training: Album, kept: Path, network: Path | None) -> None:
        self._block = block
        self._training = training
        self._kept = kept
        self._network = network

    def rows(self, album: Album) -> Rows:
        """n x d integers."""
        name = fingerprint(
            asdict(self._block), type(self._block.settings).__name__, LONGEST,
            self._training.ids() if _has_words(self._block) else None, album.ids(),
        )  # fmt: skip
        path = self._kept / f"rows-{self._block.name}-{name}.npz"
        return arrays_once(path, lambda: {"rows": self._compute(album)})["rows"]

    def _compute(self, album: Album) -> Rows:
        log.info("%s: %d photographs", self._block.name, len(album.paths))
        row = self._row
        return np.array([row(self._describe(read(path))) for path in album.paths], np.int32)

    @cached_property
    def _describe(self) -> Describe:
        return describer(self._block.settings, self._network)

    @cached_property
    def _row(self) -> Row:
        """What makes a row of a photograph's descriptors, fitted if it has to be."""
        if not _has_words(self._block):
            return lambda row: row
        bits = as_bits(self._sample())
        k = self._block.words
        words = replace(VocabularySettings(), k=k, max_iterations=15)
        training = InMemory(bits, 1)
        settings = self._block.settings
        if isinstance(settings, FisherSettings):
            return Mixture.fit(training, settings.patches.width, words).row
        if isinstance(settings, ColourSettings):
            return _counter(integer_kmeans.fit(training, words).best.centres, euclidean.nearest)
        return _counter(kmajority.fit(training, words).best.centres, hamming.nearest)

    def _sample(self) -> Descriptors:
        """So many descriptors of the training album, of each photograph the same number."""
        per_word = _SAMPLE_PER_WORD
        if isinstance(self._block.settings, FisherSettings):
            per_word = _SAMPLE_PER_COMPONENT
        per_photograph = max(1, self._block.words * per_word // len(self._training.paths))
        sample = []
        for path, photo in zip(self._training.paths, self._training.ids(), strict=True):
            found = self._describe(read(path))
            share = min(1.0, per_photograph / max(len(found), 1))
            sample.append(found[chosen(photo, len(found), int(share * 2**64), seed=0)])
        return np.concatenate(sample)


def read(path: Path) -> Pixels:
    """A photograph as blocks look at it."""
    return decode(path.read_bytes(), LONGEST)


def describer(settings: Settings, network: Path | None) -> Describe:
    """What a block sees of a photograph: descriptors (n x 32 bytes), or its row at once."""
    masks = MaskSettings()
    if isinstance(settings, ExtractorSettings):
        extractor = Extractor(settings)
        return lambda pixels: extractor.describe_pixels(_gray(pixels))
    if isinstance(settings, FisherSettings):
        return describer(settings.patches, network)
    if isinstance(settings, GradientSettings):
        return lambda pixels: gradients.describe(look(pixels, settings.view, masks), settings)
    if isinstance(settings, ColourSettings):
        return lambda pixels: colour.describe(look(pixels, settings.view, masks), settings)
    if isinstance(settings, StatisticsSettings):
        return lambda pixels: statistics.describe(look(pixels, settings.view, masks), settings)
    if network is None:
        raise ValueError(f"{settings.address} is needed: say where with --network")
    loaded = Network(network.read_bytes(), settings)
    return lambda pixels: loaded.describe(look(pixels, settings.view, masks))


def _gray(pixels: Pixels) -> npt.NDArray[np.uint8]:
    import cv2

    return cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY).astype(np.uint8, copy=False)


def _counter(
    centres: Bits, nearest: Callable[[Bits, Bits], tuple[npt.NDArray[np.int32], Any]]
) -> Row:
    k = len(centres)
    ones = np.ones(k, np.int64)

    def row(descriptors: npt.NDArray[Any]) -> Rows:
        words, _ = nearest(as_bits(descriptors), centres)
        counts = np.bincount(words, minlength=k).astype(np.int32)
        return np.asarray(weigh(counts[None], Weighting("hellinger"), ones)[0])

    return row


def _has_words(block: Block) -> bool:
    return not isinstance(block.settings, StatisticsSettings | NetworkSettings)


BlockRows = Mapping[str, Rows]
