"""k-majority: Lloyd's algorithm in Hamming space, integers from end to end.

Assignment by Hamming distance, centre = bitwise majority. After Grana et al., "A fast approach for
integrating ORB descriptors in the bag of words model", 2013. On 0/1 bits the Hamming distance is
the squared Euclidean one, so seeding by k-means++ (Arthur and Vassilvitskii, 2007) takes distances
as its weights.

The result depends on the multiset of descriptors alone, never on their order. So they may be
divided in any way, over threads or over a cluster, and the fit gives the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from verger.config.settings import VocabularySettings
from verger.errors import VergerError
from verger.kernels.bits import Bits
from verger.kernels.hamming import BITS, count_bits, first_above, lower_distances, majority, nearest
from verger.kernels.hashing import content_hashes, mix
from verger.kernels.lowest import Lowest
from verger.vocabulary.training import TrainingSet

# Seeding looks at so many descriptors for each word: as good as all, and they fit in the driver.
SEEDING_PER_WORD = 64


@dataclass(frozen=True)
class Run:
    """One run of Lloyd's algorithm from one seeding: centres k x 4, descriptors of each word k.

    ``costs`` is the sum of all Hamming distances before each iteration and after the last.
    """

    centres: Bits
    sizes: npt.NDArray[np.int64]
    costs: tuple[int, ...]
    converged: bool


@dataclass(frozen=True)
class Fit:
    """The run of lowest cost, and the costs of every restart, iteration by iteration."""

    best: Run
    costs: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Step:
    """One assignment of descriptors to k words: bits set (k x 256), sizes (k), sum of distances."""

    counts: npt.NDArray[np.int64]
    sizes: npt.NDArray[np.int64]
    cost: int

    @classmethod
    def of(cls, descriptors: Bits, centres: Bits) -> Step:
        """The step over n x 4 descriptors."""
        words, distances = nearest(descriptors, centres)
        counts = np.zeros((len(centres), BITS), np.int64)
        count_bits(descriptors, words, counts)
        sizes = np.bincount(words, minlength=len(centres))
        return cls(counts, sizes, int(distances.sum(dtype=np.int64)))

    def __add__(self, other: Step) -> Step:
        return Step(self.counts + other.counts, self.sizes + other.sizes, self.cost + other.cost)


def fit(training: TrainingSet, settings: VocabularySettings) -> Fit:
    """Fit k centres once for each restart; the run of lowest cost is kept, the first on ties.

    Raises VergerError if there are fewer than k distinct descriptors.
    """
    runs = [
        descend(training, seed_centres(training, settings, restart), settings)
        for restart in range(settings.restarts)
    ]
    best = min(runs, key=lambda run: run.costs[-1])
    return Fit(best, tuple(run.costs for run in runs))


def descend(training: TrainingSet, centres: Bits, settings: VocabularySettings) -> Run:
    """Iterate until the words stay, the cost hardly falls, or the iterations are used up.

    Every word ends with at least one descriptor.
    """
    step = training.fold(partial(Step.of, centres=centres))
    costs = [step.cost]
    converged = False
    while not converged and len(costs) <= settings.max_iterations:
        moved = _refill(training, centres, step, _majority(step, centres))
        if np.array_equal(moved, centres):
            converged = True
            break
        centres = moved
        step = training.fold(partial(Step.of, centres=centres))
        costs.append(step.cost)
        converged = costs[-2] - costs[-1] <= settings.tolerance * costs[-2]
    while not step.sizes.all():
        # Each refill takes a descriptor from afar to distance 0: the cost falls, so this ends.
        centres = _refill(training, centres, step, centres)
        step = training.fold(partial(Step.of, centres=centres))
        costs.append(step.cost)
    return Run(centres, step.sizes, tuple(costs), converged)


def seed_centres(training: TrainingSet, settings: VocabularySettings, restart: int) -> Bits:
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
    return spread(candidates, k, draw)


def spread(candidates: Bits, k: int, seed: int) -> Bits:
    """k-means++ seeding: each next centre is drawn with weight = distance to those before."""
    chosen = np.empty(k, np.int64)
    draws = mix(np.arange(k, dtype=np.uint64), seed)
    distances = np.full(len(candidates), BITS, np.int64)
    columns = np.ascontiguousarray(candidates.T)
    total = int(distances.sum())
    for j, draw in enumerate(draws):
        chosen[j] = first_above(distances, np.int64(int(draw) % total))
        total = lower_distances(columns, candidates[chosen[j]], distances)
    return candidates[chosen]


def _lowest_hashes(descriptors: Bits, seed: int, most: int) -> Lowest:
    return Lowest.of(content_hashes(descriptors, seed), descriptors, most)


def _farthest(descriptors: Bits, centres: Bits, most: int) -> Lowest:
    _, distances = nearest(descriptors, centres)
    return Lowest.of((BITS - distances).astype(np.uint64), descriptors, most)


def _majority(step: Step, before: Bits) -> Bits:
    return np.where(step.sizes[:, None] > 0, majority(step.counts, step.sizes), before)


def _refill(training: TrainingSet, centres: Bits, step: Step, moved: Bits) -> Bits:
    """Empty words move to the worst-served descriptors, farthest first, lowest bytes on ties."""
    empty = np.flatnonzero(step.sizes == 0)
    if not len(empty):
        return moved
    farthest = training.fold(partial(_farthest, centres=centres, most=len(empty))).bits
    refilled = moved.copy()
    refilled[empty[: len(farthest)]] = farthest
    return refilled
