"""Lloyd's algorithm on integers, in any geometry that descriptors of 32 bytes may have.

The result depends on the multiset of descriptors alone, never on their order. So they may be
divided in any way, over threads or over a cluster, and the fit gives the same bytes.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from functools import partial

import numpy as np

from verger.config.settings import VocabularySettings
from verger.kernels.bits import Bits
from verger.kernels.lowest import Lowest
from verger.vocabulary.geometry import Geometry, Integers
from verger.vocabulary.seeding import seed_centres
from verger.vocabulary.training import TrainingSet

log = logging.getLogger("verger")

SECONDS_OF_SILENCE = 10  # a fit that takes longer says how far it is


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
    told = time.monotonic()
    while not converged and len(costs) <= settings.max_iterations:
        moved = _refill(training, geometry, centres, step, _middles(geometry, step, centres))
        if np.array_equal(moved, centres):
            converged = True
            break
        centres = moved
        step = _assign(training, geometry, centres)
        costs.append(step.cost)
        if time.monotonic() - told > SECONDS_OF_SILENCE:
            told = time.monotonic()
            log.info(
                "iteration %d of at most %d: mean distance %.2f",
                len(costs) - 1,
                settings.max_iterations,
                step.cost / step.sizes.sum(),
            )
        converged = costs[-2] - costs[-1] <= settings.tolerance * costs[-2]
    while not step.sizes.all():
        # Each refill takes a descriptor from afar to distance 0: the cost falls, so this ends.
        centres = _refill(training, geometry, centres, step, centres)
        step = _assign(training, geometry, centres)
        costs.append(step.cost)
    return Run(centres, step.sizes, tuple(costs), converged)


def _assign(training: TrainingSet, geometry: Geometry, centres: Bits) -> Step:
    return training.fold(partial(Step.of, geometry=geometry, centres=centres))


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
