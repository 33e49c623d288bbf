"""Real descriptors for the rows that start from them."""

from __future__ import annotations

import numpy as np

from benchmarks.options import Options
from verger.compiled import Bits
from verger.hamming import as_bits
from verger.orb import Extractor
from verger.settings import FRUITS


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
