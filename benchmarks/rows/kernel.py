"""Assignment: the nearest of k words for every descriptor, on one thread."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import faiss
import numpy as np

from benchmarks.descriptors import real_descriptors
from benchmarks.measure import Timing, side_by_side
from benchmarks.options import Options
from benchmarks.report import Bar, Row
from verger.kernels import lookup
from verger.kernels.bits import Bits, as_bytes
from verger.kernels.hamming import _assign, nearest
from verger.kernels.jit import compiled, popcount

VERGER, FAISS, OPENCV = "verger", "faiss IndexBinaryFlat", "OpenCV BFMatcher"
PLAIN, LOOP = "verger's loop over popcounts", "popcounts alone"
# Blocks of 32 bytes counted over and over: 8 KB, so they never leave the first-level cache.
_CACHED = 1024


def measure(options: Options) -> Iterator[Row]:
    """Labels are compared wherever the nearest word is unique: ties are each library's own."""
    descriptors = real_descriptors(options, options.descriptors)
    centres = np.unique(descriptors, axis=0)[:: max(1, len(descriptors) // options.words)]
    centres = np.ascontiguousarray(centres[: options.words])
    packed, packed_centres = as_bytes(descriptors), as_bytes(centres)
    index = faiss.IndexBinaryFlat(256)
    index.add(packed_centres)
    matcher = cv2.BFMatcher(cv2.NORM_HAMMING)
    cv2.setNumThreads(1)
    faiss.omp_set_num_threads(1)
    rounds = len(descriptors) * len(centres) // (_CACHED // 4)
    timings = side_by_side(
        {
            VERGER: lambda: nearest(descriptors, centres),
            FAISS: lambda: index.search(packed, 1),
            OPENCV: lambda: matcher.match(packed, packed_centres),
            PLAIN: lambda: _plain(descriptors, centres),
            LOOP: lambda: _count_cached(_cached(descriptors), rounds),
        },
        options.repeats,
    )
    ours, counting = timings[VERGER], timings[LOOP]
    yield Row(
        "assignment kernel, 1 thread",
        f"{len(descriptors):,} descriptors of 256 bits to the nearest of {len(centres):,} words",
        timings,
        [
            Bar(FAISS, 2.5, timings[FAISS].median / ours.median),
            Bar(OPENCV, 20.0, timings[OPENCV].median / ours.median),
        ],
        {
            "descriptors per second": f"{len(descriptors) / ours.median:,.0f}",
            "distances equal to both peers": _check(descriptors, centres, timings),
            "times the speed of xor and popcount alone, in the nearest cache": round(
                counting.median / ours.median, 2
            ),
            "xor and popcount alone, to the peers": ", ".join(
                f"{name} {timings[name].median / counting.median:.3g}x" for name in (FAISS, OPENCV)
            ),
            "way": "look-ups (vpshufb)" if lookup.is_fastest() else "popcounts",
        },
    )


def _check(descriptors: Bits, centres: Bits, timings: dict[str, Timing]) -> str:
    words, distances = timings[VERGER].result
    faiss_distances, faiss_words = (found[:, 0] for found in timings[FAISS].result)
    matches = timings[OPENCV].result
    opencv_words = np.array([match.trainIdx for match in matches])
    opencv_distances = np.array([match.distance for match in matches], np.int64)
    if not (distances == faiss_distances).all() or not (distances == opencv_distances).all():
        raise AssertionError("a peer found another distance to the nearest word")
    for peer in (faiss_words, opencv_words):
        other = np.flatnonzero(words != peer)
        xor = descriptors[other] ^ centres[peer[other]]
        if not (np.bitwise_count(xor).sum(axis=1) == distances[other]).all():
            raise AssertionError("a peer's word is no tie of ours")
    same = [float((words == peer).mean()) for peer in (faiss_words, opencv_words)]
    return f"all; same word: faiss {same[0]:.2%}, OpenCV {same[1]:.2%}, the rest are ties"


def _plain(descriptors: Bits, centres: Bits) -> None:
    """What `nearest` does where nothing better is known."""
    words, distances = (np.empty(len(descriptors), np.int32) for _ in range(2))
    _assign(descriptors, np.ascontiguousarray(centres.T), words, distances)


def _cached(descriptors: Bits) -> Any:
    return np.ascontiguousarray(descriptors.reshape(-1)[:_CACHED])


@compiled
def _count_cached(values: Any, rounds: int) -> Any:
    """Nothing but popcounts and sums, over values in the first-level cache."""
    total = np.uint64(0)
    for turn in range(rounds):
        for i in range(values.shape[0]):
            total += popcount(values[i] ^ np.uint64(turn))
    return total
