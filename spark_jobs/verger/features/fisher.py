"""Fisher vectors: how a photograph's patches depart from what patches are like, word by word.

Where a histogram counts the patches of a word, a Fisher vector says how far they lie from its
middle and whether they spread more or less than usual, so 64 words tell more than 1000 counted
ones. Perronnin, Sanchez and Mensink, "Improving the Fisher kernel for large-scale image
classification", 2010.

The mixture's components are the words of an integer k-means with the spread of their descriptors,
not those of an EM, which adds up fractions: they are as good (benchmarks/quality) and the same
bytes on any cluster.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from verger.config.settings import VocabularySettings
from verger.features.rows import UNIT
from verger.features.whitening import Whitened, Whitening
from verger.kernels.bits import Descriptors, as_bytes
from verger.vocabulary.training import TrainingSet

Floats = npt.NDArray[np.float32]
Row = npt.NDArray[np.int32]

_NEGLIGIBLE = 1e-3  # shares of a patch below this are none


@dataclass(frozen=True)
class Mixture:
    """k Gaussians in d whitened numbers: shares (k), means (k x d bytes), variances (k x d)."""

    whitening: Whitening
    shares: Floats
    means: Descriptors
    variances: Floats

    @classmethod
    def fit(cls, training: TrainingSet, width: int, words: VocabularySettings) -> Mixture:
        """Fitted to descriptors whose first `width` bytes are used.

        Raises VergerError if there are fewer distinct descriptors than words.
        """
        # The compiled kernels load here: whoever only asks a mixture does without them.
        from verger.features.spread import Spread
        from verger.vocabulary import integer_kmeans

        whitening = Whitening.fit(training, width)
        whitened = Whitened(training, whitening)
        centres = integer_kmeans.fit(whitened, words).best.centres
        spread = whitened.fold(partial(Spread.of, centres=centres))
        variances = spread.squares / np.maximum(spread.sizes, 1)[:, None] + 1
        return cls(
            whitening,
            (spread.sizes / spread.sizes.sum()).astype(np.float32),
            as_bytes(centres)[:, :width],
            variances[:, :width].astype(np.float32),
        )

    @property
    def width(self) -> int:
        """The length of a row: first and second order of every component and number."""
        return 2 * self.means.size

    def to_bytes(self) -> bytes:
        """The mixture as one file; the same mixture gives the same bytes."""
        packed = io.BytesIO()
        arrays = {"axes": self.whitening.axes, "origin": self.whitening.origin}
        arrays |= {name: getattr(self, name) for name in ("shares", "means", "variances")}
        np.savez(packed, allow_pickle=False, **arrays)
        return packed.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> Mixture:
        """The mixture that `to_bytes` packed."""
        with np.load(io.BytesIO(content), allow_pickle=False) as of:
            whitening = Whitening(of["axes"], of["origin"])
            return cls(whitening, of["shares"], of["means"], of["variances"])

    def row(self, descriptors: Descriptors) -> Row:
        """The Fisher vector (width) of one photograph's descriptors (n x 32 bytes).

        Signed square roots of each number's share, in steps of 1 / UNIT: a row has length 1, or 0
        without descriptors.
        """
        numbers = self.whitening.apply(descriptors)[:, : self.means.shape[1]].astype(np.float32)
        vector = self._gradients(numbers).reshape(-1).astype(np.float64)
        shares = np.abs(vector) / max(np.abs(vector).sum(), np.finfo(np.float64).tiny)
        return np.asarray(np.rint(UNIT * np.sign(vector) * np.sqrt(shares)), np.int32)

    def _gradients(self, numbers: Floats) -> Floats:
        """By mean and by standard deviation (2 x k x d), of n x d numbers."""
        squares = numbers * numbers
        member = self._membership(numbers, squares)
        means = self.means.astype(np.float32)
        weights = member.sum(axis=0)[:, None]
        sums, squared = member.T @ numbers, member.T @ squares
        by_mean = (sums - weights * means) / np.sqrt(self.variances)
        about = squared - 2 * sums * means + weights * (means * means - self.variances)
        by_spread = about / self.variances / np.sqrt(np.float32(2))
        return np.asarray(np.stack([by_mean, by_spread]) / np.sqrt(self.shares)[:, None])

    def _membership(self, numbers: Floats, squares: Floats) -> Floats:
        """How much of each descriptor belongs to each component (n x k)."""
        means, precisions = self.means.astype(np.float32), 1 / self.variances
        constant = np.log(self.shares) - 0.5 * (
            np.log(self.variances) + means * means * precisions
        ).sum(axis=1)
        member = numbers @ (means * precisions).T - 0.5 * (squares @ precisions.T) + constant
        member -= member.max(axis=1, keepdims=True)
        np.exp(member, out=member)
        member /= member.sum(axis=1, keepdims=True)
        member[member < _NEGLIGIBLE] = 0
        return np.asarray(member)
