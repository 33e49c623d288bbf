"""How one way to weigh words is judged: on Test, and on varieties never seen.

Whatever a deployment pins (vocabulary, document frequencies, principal components) is fitted to the
Training photographs and never sees Test or the varieties; only the judge learns in each draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.quality.album import Album, Names
from benchmarks.quality.judge import Rows, Unseen, right, unseen
from verger.config.settings import Weighting
from verger.features import pca
from verger.features.weighting import Occurrences, weigh, word_weights
from verger.vocabulary.encoding import Counts


@dataclass(frozen=True)
class Albums:
    """What is learnt from, and what is asked."""

    training: Album
    test: Album
    varieties: Album

    def all(self) -> tuple[Album, Album, Album]:
        """Training, Test, varieties."""
        return self.training, self.test, self.varieties


@dataclass(frozen=True)
class Counted:
    """Counts by each of v vocabularies (v x n x k), album by album."""

    training: Counts
    test: Counts
    varieties: Counts
    lengths: Counts  # descriptors of each photograph of all albums


@dataclass(frozen=True)
class Score:
    """Share of Test named right (mean over vocabularies), and what became of unseen varieties."""

    known: float
    unseen: Unseen

    def __str__(self) -> str:
        low, high = min(self.unseen.draws), max(self.unseen.draws)
        return f"Test {self.known:.1%}, unseen {self.unseen.mean:.1%} ({low:.0%}-{high:.0%})"


def score(
    albums: Albums, counted: Counted, weighting: Weighting, components: int | None,
    held_out: Sequence[Names], threads: int,
) -> Score:  # fmt: skip
    """Judge weighted words, or so many principal components of them."""
    known, features = [], []
    for counts in zip(counted.training, counted.test, counted.varieties, strict=True):
        training, test, varieties = rows(weighting, components, *counts)
        known.append(right(training, albums.training.labels, test, albums.test.labels).mean())
        features.append(varieties)
    marks = unseen(features, albums.varieties.labels, albums.varieties.varieties, held_out, threads)
    return Score(float(np.mean(known)), marks)


def rows(
    weighting: Weighting, components: int | None, training: Counts, *others: Counts
) -> list[Rows]:
    """What a judge sees of counts (n x k): weighted rows, or their principal components."""
    weights = word_weights(weighting, Occurrences.of(training))
    weighed = [weigh(counts, weighting, weights) for counts in (training, *others)]
    if components is None:
        return [one.astype(np.float64) for one in weighed]
    most = min(components, pca.supported(*training.shape))
    model = pca.fit(pca.Moments.of(weighed[0]), most)
    return [model.project(one) for one in weighed]
