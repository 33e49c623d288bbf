"""A training sample that is capped, balanced over labels and chosen by hash."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from verger.kernels.hashing import descriptor_hashes

_EVERYTHING = 1 << 64


def quotas(available: Mapping[str, int], cap: int) -> dict[str, int]:
    """Share a cap of descriptors over labels: equal shares, and what a small label leaves is
    shared by the others (water-filling). Sums to at most the cap.
    """
    shares: dict[str, int] = {}
    left, waiting = cap, len(available)
    for label, count in sorted(available.items(), key=lambda item: (item[1], item[0])):
        shares[label] = min(count, left // waiting)
        left -= shares[label]
        waiting -= 1
    return shares


def thresholds(available: Mapping[str, int], cap: int | None) -> dict[str, int]:
    """Per label, the hash below which a descriptor is in the sample (2^64: all are).

    The sample's size is met on average, not to the one: in return each photograph decides alone.
    """
    if cap is None or cap >= sum(available.values()):
        return dict.fromkeys(available, _EVERYTHING)
    shares = quotas(available, cap)
    return {
        label: (shares[label] << 64) // count if count else 0 for label, count in available.items()
    }


def chosen(photo: str, n: int, threshold: int, seed: int) -> npt.NDArray[np.intp]:
    """Indices, ascending, of a photograph's n descriptors that are in the sample."""
    if threshold >= _EVERYTHING:
        return np.arange(n)
    return np.flatnonzero(descriptor_hashes(photo, n, seed) < np.uint64(threshold))
