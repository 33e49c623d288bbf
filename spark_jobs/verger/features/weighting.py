"""From counts of visual words to weighted rows, in integers of a fixed step.

Weights come first, then the normalisation: a row is what scikit-learn's TfidfTransformer makes of
the counts (norm None, "l2", or the square root of "l1"), rounded to the step. Rounded once, rows
are integers, so sums and Gram matrices over them are exact in float64 while they stay below 2^53,
whatever the order of addition. That holds for 2^29 photographs of normalised rows. Rows that are
weighted and not normalised reach it at 6 million photographs of 500 descriptors, were they all of
one word.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from verger.config.settings import Weighting
from verger.tables.columns import from_lists
from verger.vocabulary.encoding import Counts

Rows = npt.NDArray[np.int32]
WordWeights = npt.NDArray[np.int64]

UNIT = 1 << 12  # a normalised row of length 1 has this length
IDF_UNIT = 1 << 6  # an inverse document frequency of 1 has this value
# So many descriptors of one photograph, each of weight 32, fit in 32 bits, their squares in 63.
MOST_DESCRIPTORS = 1 << 20


@dataclass(frozen=True)
class Occurrences:
    """In how many of n photographs each of the k words occurs."""

    n: int
    photographs: npt.NDArray[np.int64]

    @classmethod
    def of(cls, counts: Counts) -> Occurrences:
        """The occurrences in n x k counts."""
        return cls(len(counts), np.count_nonzero(counts, axis=0).astype(np.int64))


def word_weights(weighting: Weighting, seen: Occurrences) -> WordWeights:
    """The weight of each of the k words: 1, or its inverse document frequency times IDF_UNIT.

    ln((1 + n) / (1 + occurrences)) + 1, the smooth form of scikit-learn. It is rounded at once: two
    libraries may differ in the last bit of a logarithm, but not in the rows.
    """
    if not weighting.idf:
        return np.ones(len(seen.photographs), np.int64)
    idf = np.log((1 + seen.n) / (1 + seen.photographs)) + 1
    return np.asarray(np.rint(IDF_UNIT * idf), np.int64)


def weigh(counts: Counts, weighting: Weighting, weights: WordWeights) -> Rows:
    """Weighted rows (n x k) of n x k counts; a photograph without descriptors stays all zero.

    Rows that are not normalised are in steps of the weights (1, or 1 / IDF_UNIT), others in steps
    of 1 / UNIT. Raises ValueError if a photograph has so many descriptors that integers overflow.
    """
    if counts.sum(axis=1, dtype=np.int64).max(initial=0) > MOST_DESCRIPTORS:
        raise ValueError(
            f"a photograph has more than {MOST_DESCRIPTORS} descriptors; lower the extractor's "
            "n_features"
        )
    weighted = counts * weights
    if weighting.normalise == "none":
        return weighted.astype(np.int32)
    # Division and square root are correctly rounded everywhere (IEEE 754), sums are of integers.
    if weighting.normalise == "l2":
        lengths = np.sqrt(np.square(weighted).sum(axis=1, keepdims=True))
        shares = weighted / np.maximum(lengths, 1)
    else:
        shares = np.sqrt(weighted / np.maximum(weighted.sum(axis=1, keepdims=True), 1))
    return np.asarray(np.rint(UNIT * shares), np.int32)


@dataclass(frozen=True)
class FittedWeighting:
    """Histograms -> weighted integer rows, with the weights (k) that were fitted."""

    weighting: Weighting
    weights: WordWeights

    def rows(self, batch: pa.RecordBatch) -> Rows:
        """The rows (n x k) of a batch of histograms."""
        counts = from_lists(batch.column("counts"), len(self.weights))
        return weigh(counts, self.weighting, self.weights)
