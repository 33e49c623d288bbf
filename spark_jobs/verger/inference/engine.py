"""The engine: one published model, loaded once, that answers photographs."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from verger.catalogue.facts import Facts
from verger.classification.classifier import Classifier
from verger.classification.gallery import Gallery
from verger.classification.heads import BlockRows
from verger.config.heads import COLOUR, ORB, STATISTICS
from verger.config.settings import Preset
from verger.errors import VergerError
from verger.features.fisher import Mixture
from verger.features.rows import Rows, word_rows
from verger.imaging.decoding import gray_of
from verger.imaging.looking import Looked, fisher_patches, look, numbers, patches
from verger.imaging.network import Network
from verger.imaging.orb import Extractor
from verger.imaging.photograph import quick_read, read_photograph
from verger.kernels.bits import DESCRIPTOR_BYTES, Descriptors
from verger.kernels.few import Words, nearest_bits, nearest_bytes, nearest_points
from verger.lake import bundle
from verger.lake.registry import Published
from verger.objects.storage import Storage

# A photograph is decoded to no more than twice what ORB looks at: the rest would be thrown away.
SPARE = 2
MOST_PIXELS = 1 << 30

Squares = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Seen:
    """What the blocks saw in a photograph: a row (1 x d) of each; and of ORB the word of every
    keypoint (n), with its square (n x 4: middle, width, height, in shares of the photograph's).
    """

    rows: BlockRows
    words: Words
    squares: Squares


@dataclass(frozen=True)
class Engine:
    """A model that answers photographs; not for several threads at a time."""

    model: str
    preset: Preset
    blocks: tuple[str, ...]
    words: dict[str, npt.NDArray[Any]]
    classifier: Classifier
    gallery: Gallery
    extractor: Extractor
    mixtures: Mapping[str, Mixture] = field(default_factory=dict)
    networks: Mapping[str, Network] = field(default_factory=dict)
    facts: Facts = field(default_factory=Facts)

    @classmethod
    def published(cls, lake: Storage, preset: str) -> Engine:
        """The published model of a preset.

        Raises VergerError if nothing is published, or if its bundle is not whole.
        """
        model = Published.read(lake, preset).current
        if model is None:
            raise VergerError(
                f"no model of preset {preset} is published in {lake.root}: run the pipeline and "
                "publish it first"
            )
        return cls.of(bundle.load(lake, model))

    @classmethod
    def of(cls, files: bundle.Files) -> Engine:
        """The engine that a bundle holds."""
        told = bundle.Settings.from_json(
            files[bundle.SETTINGS], bundle.SETTINGS, "publish it again"
        )
        with np.load(io.BytesIO(files[bundle.WORDS_FILE]), allow_pickle=False) as arrays:
            words = {block: arrays[block] for block in arrays.files}
        return cls(
            told.model,
            told.preset,
            told.blocks,
            words,
            Classifier.from_bytes(files[bundle.CLASSIFIER_FILE]),
            Gallery.from_bytes(files[bundle.GALLERY_FILE]),
            Extractor(told.preset.extractor),
            {
                block: Mixture.from_bytes(files[bundle.mixture_file(block)])
                for block in told.blocks
                if block in told.preset.fisher
            },
            {
                block: Network(files[bundle.NETWORK_FILE], told.preset.network_of(block))
                for block in told.preset.network_blocks
            },
            Facts.from_json(files.get(bundle.FACTS_FILE, b"{}"), bundle.FACTS_FILE),
        )

    def see(self, content: bytes) -> Seen:
        """What the blocks see in a photograph's file.

        Raises UnusableError, with the reason, if it cannot be read.
        """
        upright = quick_read(content, self.preset.photographs.limits)
        try:
            return self._look(upright)
        except ValueError:  # one of the encodings that OpenCV does not know
            return self._look(read_photograph(content, self.preset.photographs.limits).content)

    def _look(self, content: bytes) -> Seen:
        rows: dict[str, Rows] = {}
        words, squares = self._describe(content)
        rows[ORB] = self._counted(ORB, words)
        if set(self.blocks) - {ORB}:
            rows |= self._beside(look(content, self.preset))
        return Seen(rows, words, squares)

    def _beside(self, looked: Looked) -> dict[str, Rows]:
        """The rows of all blocks but ORB."""
        rows: dict[str, Rows] = {}
        if COLOUR in self.blocks:
            found = nearest_bytes(patches(looked, self.preset), self.words[COLOUR])
            rows[COLOUR] = self._counted(COLOUR, found)
        if STATISTICS in self.blocks:
            rows[STATISTICS] = numbers(looked, self.preset)[None]
        for block, mixture in self.mixtures.items():
            settings = self.preset.fisher[block]
            rows[block] = mixture.row(fisher_patches(looked, settings))[None]
        for block, network in self.networks.items():
            view = looked.view(self.preset.network_of(block).view)
            rows[block] = network.describe(view)[None]
        return rows

    def _describe(self, content: bytes) -> tuple[Words, Squares]:
        """The word of every keypoint, and its square."""
        gray = gray_of(content, self._longest)
        found = self.extractor.detect(gray)
        descriptors = found.descriptors
        if not len(descriptors) and self.preset.extractor.zero_placeholder:
            descriptors = np.zeros((1, DESCRIPTOR_BYTES), np.uint8)
        height, width = gray.shape
        # A keypoint's middle and the sides of its square, in shares of the photograph.
        sides = np.array([width, height, width, height], np.float32)
        squares = (found.squares[:, [0, 1, 2, 2]] / sides).astype(np.float32)
        return self._nearest(descriptors), squares

    def _nearest(self, descriptors: Descriptors) -> Words:
        centres = self.words[ORB]
        if centres.dtype == np.uint8:
            return nearest_bits(descriptors, centres)
        return nearest_points(descriptors, centres)

    def _counted(self, block: str, words: Words) -> Rows:
        counts = np.bincount(words, minlength=len(self.words[block])).astype(np.int32)
        return word_rows(counts[None])

    @property
    def _longest(self) -> int:
        """The longer side in pixels that a photograph is decoded to; all there are where the
        extractor takes photographs as they come.
        """
        side = self.preset.extractor.side
        return SPARE * side if side else MOST_PIXELS
