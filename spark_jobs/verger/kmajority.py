"""k-majority: Lloyd's algorithm in Hamming space, integers from end to end.

Assignment by Hamming distance, centre = bitwise majority. After Grana et al., "A fast approach for
integrating ORB descriptors in the bag of words model", 2013. On 0/1 bits the Hamming distance is
the squared Euclidean one, so seeding by k-means++ (Arthur and Vassilvitskii, 2007) takes distances
as its weights. The sample's order and the seed decide everything; threads decide nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from verger.errors import VergerError
from verger.hamming import (
    BITS,
    Bits,
    count_bits,
    first_above,
    lower_distances,
    majority,
    nearest,
)
from verger.hashing import mix


@dataclass(frozen=True)
class Fit:
    """A fitted vocabulary: centres k x 4, sizes k, and how the fit went.

    ``costs`` is the sum of all Hamming distances before each iteration and after the last.
    """

    centres: Bits
    sizes: npt.NDArray[np.int64]
    costs: tuple[int, ...]
    converged: bool


def fit(sample: Bits, k: int, seed: int, max_iterations: int, threads: int = 1) -> Fit:
    """Fit k centres to a sample (n x 4). Every word ends with at least one descriptor.

    Raises VergerError if the sample has fewer than k distinct descriptors.
    """
    check_distinct(sample, k)
    centres = spread(sample, k, seed)
    words, distances = nearest(sample, centres, threads)
    costs = [int(distances.sum())]
    converged = False
    for _ in range(max_iterations):
        moved = _refill(sample, _centre(sample, words, k, centres), words, distances)
        converged = bool(np.array_equal(moved, centres))
        if converged:
            break
        centres = moved
        words, distances = nearest(sample, centres, threads)
        costs.append(int(distances.sum()))
    while not np.bincount(words, minlength=k).all():
        # Each refill takes a descriptor from afar to distance 0: the cost falls, so this ends.
        centres = _refill(sample, centres, words, distances)
        words, distances = nearest(sample, centres, threads)
        costs.append(int(distances.sum()))
    return Fit(centres, np.bincount(words, minlength=k), tuple(costs), converged)


def check_distinct(sample: Bits, k: int) -> None:
    """Raise VergerError, with the number that would work, if k words cannot all differ."""
    distinct = len(np.unique(sample, axis=0))
    if distinct < k:
        raise VergerError(
            f"{k} visual words asked for, but there are only {distinct} distinct descriptors; "
            f"use --k {distinct} or fewer, or bring more photographs"
        )


def spread(sample: Bits, k: int, seed: int) -> Bits:
    """k-means++ seeding: each next centre is drawn with weight = distance to those before."""
    chosen = np.empty(k, np.int64)
    draws = mix(np.arange(k, dtype=np.uint64), seed)
    distances = np.full(len(sample), BITS, np.int64)
    for j, draw in enumerate(draws):
        chosen[j] = first_above(distances, np.int64(int(draw) % int(distances.sum())))
        lower_distances(sample, sample[chosen[j]], distances)
    return sample[chosen]


def _centre(sample: Bits, words: npt.NDArray[np.int32], k: int, before: Bits) -> Bits:
    counts = np.zeros((k, BITS), np.int64)
    count_bits(sample, words, counts)
    sizes = np.bincount(words, minlength=k)
    return np.where(sizes[:, None] > 0, majority(counts, sizes), before)


def _refill(
    sample: Bits,
    centres: Bits,
    words: npt.NDArray[np.int32],
    distances: npt.NDArray[np.int32],
) -> Bits:
    """Empty words move to the worst-served descriptors, farthest first, lowest index on ties."""
    empty = np.flatnonzero(np.bincount(words, minlength=len(centres)) == 0)
    if not len(empty):
        return centres
    refilled = centres.copy()
    farthest = np.argsort(-distances, kind="stable")
    taken: set[bytes] = set()
    candidates = iter(farthest)
    for word in empty:
        candidate = next(i for i in candidates if sample[i].tobytes() not in taken)
        taken.add(sample[candidate].tobytes())
        refilled[word] = sample[candidate]
    return refilled
