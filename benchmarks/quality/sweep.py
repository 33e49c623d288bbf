"""The sweep itself: extractors first, then weights for the extractor that was chosen."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.quality import candidates, cost, words
from benchmarks.quality.album import Names, evenly
from benchmarks.quality.cost import Cost
from benchmarks.quality.draws import draws
from benchmarks.quality.judge import Unseen
from benchmarks.quality.remember import arrays_once, fingerprint, values_once
from benchmarks.quality.rule import choose, remaining
from benchmarks.quality.scores import Albums, Counted, Score, score
from verger.config.settings import NORMALISE, ExtractorSettings, VocabularySettings, Weighting
from verger.kernels.bits import DESCRIPTOR_BYTES
from verger.vocabulary.words import HammingVocabulary

log = logging.getLogger("benchmarks")
# The first stage's weights; the second stage asks whether they were well chosen.
FIRST = Weighting("hellinger")
COMBINED = 3  # turns of the second round that the third combines
WEIGHTINGS = [Weighting(normalise, idf) for normalise in NORMALISE for idf in (False, True)]


@dataclass(frozen=True)
class Tried:
    """One extractor: descriptors per photograph, share of photographs without any, time, score."""

    extractor: ExtractorSettings
    descriptors: float
    bare: float
    cost: Cost
    words: Score

    @property
    def known(self) -> float:
        """Share of Test named right."""
        return self.words.known

    @property
    def unseen(self) -> Unseen:
        """What became of unseen varieties."""
        return self.words.unseen

    @property
    def time(self) -> float:
        """Processor time, in units of the reference."""
        return self.cost.relative


@dataclass(frozen=True)
class Weighed:
    """One way to weigh words, judged on the words and on their principal components."""

    weighting: Weighting
    bare: float
    words: Score
    components: Score
    time: float = 0.0

    @property
    def known(self) -> float:
        """Share of Test named right by principal components."""
        return self.components.known

    @property
    def unseen(self) -> Unseen:
        """What became of unseen varieties by principal components."""
        return self.components.unseen


@dataclass(frozen=True)
class Sizes:
    """How thoroughly all is judged."""

    settings: VocabularySettings
    vocabularies: int
    repetitions: int
    components: int
    timed: int  # photographs of which processor time is taken
    threads: int


class Sweep:
    """Tries settings; what has been computed is kept in a folder."""

    def __init__(self, albums: Albums, sizes: Sizes, pool: Executor, kept: Path) -> None:
        self._albums = albums
        self._sizes = sizes
        self._pool = pool
        self._kept = kept

    def extractors(self) -> list[Tried]:
        """All rounds: scales and features; one setting turned at a time around the choice among
        those; and the fastest turns that lost nothing, two at a time.
        """
        first = list(self._try(candidates.scales()))
        base = choose(first)
        log.info("the first round chooses %s", base.extractor)
        second = list(self._try(candidates.around(base.extractor)))
        kept = [one for one in remaining(first + second) if one in second and one.time < base.time]
        fastest = sorted(kept, key=lambda one: one.time)[:COMBINED]
        turned = [one.extractor for one in fastest]
        return first + second + list(self._try(candidates.together(base.extractor, turned)))

    def weightings(self, extractor: ExtractorSettings) -> list[Weighed]:
        """All ways to weigh the words of one extractor."""
        counted = self._count(extractor)
        weighed = []
        for weighting in WEIGHTINGS:
            one = Weighed(
                weighting,
                float((counted.lengths == 0).mean()),
                self._score(extractor, counted, weighting, components=None),
                self._score(extractor, counted, weighting, components=self._sizes.components),
            )
            log.info("%s: %s", weighting, one.components)
            weighed.append(one)
        return weighed

    def held_out(self) -> list[Names]:
        """The varieties that each draw holds out."""
        album = self._albums.varieties
        return draws(album.labels, album.varieties, self._sizes.repetitions)

    def _try(self, extractors: Iterable[ExtractorSettings]) -> Iterator[Tried]:
        for extractor in extractors:
            counted = self._count(extractor)
            one = Tried(
                extractor,
                float(counted.lengths.mean()),
                float((counted.lengths == 0).mean()),
                self._cost(extractor),
                self._score(extractor, counted, FIRST, components=None),
            )
            log.info("%s: %.2f ms, %s", extractor, 1000 * one.cost.seconds, one.words)
            yield one

    def _count(self, extractor: ExtractorSettings) -> Counted:
        sizes = self._sizes

        def compute() -> dict[str, Any]:
            described = [
                words.describe(album, extractor, self._pool) for album in self._albums.all()
            ]
            vocabularies = [
                words.fit(
                    self._albums.training, described[0], replace(sizes.settings, seed=seed),
                    sizes.threads,
                )
                for seed in range(sizes.vocabularies)
            ]  # fmt: skip
            training, test, varieties = (
                np.array([words.count(one, of, sizes.threads) for of in vocabularies])
                for one in described
            )
            lengths = [len(found) // DESCRIPTOR_BYTES for one in described for found in one]
            return asdict(Counted(training, test, varieties, np.array(lengths, np.int32)))

        return Counted(**arrays_once(self._file("counts", "npz", extractor), compute))

    def _cost(self, extractor: ExtractorSettings) -> Cost:
        def compute() -> dict[str, Any]:
            paths = evenly(self._albums.training.paths, self._sizes.timed)
            # Any words take the same time.
            shape = (self._sizes.settings.k, DESCRIPTOR_BYTES)
            centres = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
            photographs = [path.read_bytes() for path in paths]
            vocabulary = HammingVocabulary(centres)
            return asdict(cost.measure(extractor, vocabulary, candidates.START, photographs))

        kept = self._file("cost", "json", extractor, self._sizes.timed)
        return Cost(**values_once(kept, compute))

    def _score(
        self, extractor: ExtractorSettings, counted: Counted, weighting: Weighting,
        components: int | None,
    ) -> Score:  # fmt: skip
        def compute() -> dict[str, Any]:
            threads = self._sizes.threads
            return asdict(
                score(self._albums, counted, weighting, components, self.held_out(), threads)
            )

        parameters = (asdict(weighting), components, self._sizes.repetitions)
        found = values_once(self._file("score", "json", extractor, *parameters), compute)
        marks = {name: tuple(values) for name, values in found["unseen"].items()}
        return Score(found["known"], Unseen(**marks))

    def _file(self, kind: str, suffix: str, extractor: ExtractorSettings, *more: object) -> Path:
        common = (
            [album.ids() for album in self._albums.all()],
            asdict(self._sizes.settings),
            self._sizes.vocabularies,
            [version(name) for name in ("opencv-python-headless", "scikit-learn")],
        )
        return self._kept / f"{kind}-{fingerprint(common, asdict(extractor), more)}.{suffix}"
