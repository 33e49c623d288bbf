"""Real descriptors for the rows that start from them."""

from __future__ import annotations

import numpy as np

from benchmarks.options import Options
from verger.config.settings import FRUITS
from verger.imaging.orb import Extractor
from verger.kernels.bits import Bits, as_bits


def real_descriptors(options: Options, count: int) -> Bits:
    """So many ORB descriptors (count x 4) of photographs spread evenly, in a fixed random order.

    Raises SystemExit if the photographs have fewer.
    """
    extractor = Extractor(FRUITS.extractor)
    photographs = options.paths(options.photographs)
    found = [extractor.describe(path.read_bytes()) for path in photographs]
    descriptors = np.concatenate(found)
    total = len(descriptors)
    if total < count:
        raise SystemExit(
            f"{len(photographs)} photographs have {total} descriptors, {count} were asked for: "
            "raise --photographs or lower --descriptors"
        )
    order = np.random.default_rng(0).permutation(total)[:count]
    return as_bits(descriptors[order])
