"""Lloyd's algorithm on integers, in any geometry that descriptors of 32 bytes may have.

Seeding is k-means++ (Arthur and Vassilvitskii, 2007) on a random sample. The result depends on the
multiset of descriptors alone, never on their order. So they may be divided in any way, over threads
or over a cluster, and the fit gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
import numpy.typing as npt

from verger.config.settings import VocabularySettings
from verger.errors import VergerError
from verger.kernels.bits import Bits
from verger.kernels.hamming import first_above
from verger.kernels.hashing import content_hashes, mix
from verger.kernels.lowest import Lowest
from verger.vocabulary.training import TrainingSet

# Seeding looks at so many descriptors for each word: as good as all, and they fit in the driver.
SEEDING_PER_WORD = 64

Integers = npt.NDArray[np.int64]
# Lowers each candidate's distance (n, in place) to that from a centre (4); returns their sum.
Lower = Callable[[Bits, Integers], int]


class Geometry(Protocol):
    """What a distance is, and what the middle of many descriptors. Descriptors are n x 4."""

    @property
    def farthest(self) -> int:
        """No two descriptors are farther apart."""

    def nearest(
        self, descriptors: Bits, centres: Bits
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        """Nearest centre of each descriptor and its distance; on ties the lowest index."""

    def add_up(self, descriptors: Bits, words: npt.NDArray[np.int32], k: int) -> Integers:
        """Of each of the k words, the sums (k x c) that its centre is made from."""

    def middles(self, sums: Integers, sizes: Integers) -> Bits:
        """Centres from sums and sizes (none 0)."""

    def lowering(self, candidates: Bits) -> Lower:
        """How distances from candidates (n x 4) to the nearest chosen one are kept."""


@dataclass(frozen=True)
class Run:
    """One run of Lloyd's algorithm from one seeding: centres k x 4, descriptors of each word k.

    ``costs`` is the sum of all distances before each iteration and after the last.
    """

    centres: Bits
    sizes: Integers
    costs: tuple[int, ...]
    converged: bool


@dataclass(frozen=True)
class Fit:
    """The run of lowest cost, and the costs of every restart, iteration by iteration."""

    best: Run
    costs: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Step:
    """One assignment of descriptors to k words: sums (k x c), sizes (k), sum of distances."""

    sums: Integers
    sizes: Integers
    cost: int

    @classmethod
    def of(cls, descriptors: Bits, geometry: Geometry, centres: Bits) -> Step:
        """The step over n x 4 descriptors."""
        k = len(centres)
        words, distances = geometry.nearest(descriptors, centres)
        sizes = np.bincount(words, minlength=k)
        cost = int(distances.sum(dtype=np.int64))
        return cls(geometry.add_up(descriptors, words, k), sizes, cost)

    def __add__(self, other: Step) -> Step:
        return Step(self.sums + other.sums, self.sizes + other.sizes, self.cost + other.cost)


def fit(training: TrainingSet, settings: VocabularySettings, geometry: Geometry) -> Fit:
    """Fit k centres once for each restart; the run of lowest cost is kept, the first on ties.

    Raises VergerError if there are fewer than k distinct descriptors.
    """
    runs = [
        descend(training, seed_centres(training, settings, restart, geometry), settings, geometry)
        for restart in range(settings.restarts)
    ]
    best = min(runs, key=lambda run: run.costs[-1])
    return Fit(best, tuple(run.costs for run in runs))


def descend(
    training: TrainingSet, centres: Bits, settings: VocabularySettings, geometry: Geometry
) -> Run:
    """Iterate until the words stay, the cost hardly falls, or the iterations are used up.

    Every word ends with at least one descriptor.
    """
    step = _assign(training, geometry, centres)
    costs = [step.cost]
    converged = False
    while not converged and len(costs) <= settings.max_iterations:
        moved = _refill(training, geometry, centres, step, _middles(geometry, step, centres))
        if np.array_equal(moved, centres):
            converged = True
            break
        centres = moved
        step = _assign(training, geometry, centres)
        costs.append(step.cost)
        converged = costs[-2] - costs[-1] <= settings.tolerance * costs[-2]
    while not step.sizes.all():
        # Each refill takes a descriptor from afar to distance 0: the cost falls, so this ends.
        centres = _refill(training, geometry, centres, step, centres)
        step = _assign(training, geometry, centres)
        costs.append(step.cost)
    return Run(centres, step.sizes, tuple(costs), converged)


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


def _assign(training: TrainingSet, geometry: Geometry, centres: Bits) -> Step:
    return training.fold(partial(Step.of, geometry=geometry, centres=centres))


def _lowest_hashes(descriptors: Bits, seed: int, most: int) -> Lowest:
    return Lowest.of(content_hashes(descriptors, seed), descriptors, most)


def _farthest(descriptors: Bits, geometry: Geometry, centres: Bits, most: int) -> Lowest:
    _, distances = geometry.nearest(descriptors, centres)
    return Lowest.of((geometry.farthest - distances).astype(np.uint64), descriptors, most)


def _middles(geometry: Geometry, step: Step, before: Bits) -> Bits:
    """The middle of each word's descriptors; a word without any stays where it was."""
    used = step.sizes > 0
    moved = before.copy()
    moved[used] = geometry.middles(step.sums[used], step.sizes[used])
    return moved


def _refill(
    training: TrainingSet, geometry: Geometry, centres: Bits, step: Step, moved: Bits
) -> Bits:
    """Empty words move to the worst-served descriptors, farthest first, lowest bytes on ties."""
    empty = np.flatnonzero(step.sizes == 0)
    if not len(empty):
        return moved
    worst = partial(_farthest, geometry=geometry, centres=centres, most=len(empty))
    farthest = training.fold(worst).bits
    refilled = moved.copy()
    refilled[empty[: len(farthest)]] = farthest
    return refilled
