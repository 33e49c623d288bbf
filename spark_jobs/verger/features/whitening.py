"""Decorrelated descriptors of equal spread, in bytes again.

Neighbouring cells of a patch have nearly the same colour, so their bytes repeat each other. Along
principal axes scaled to one standard deviation each number says something new. Kessy, Lewin and
Strimmer, "Optimal whitening and decorrelation", 2018.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from verger.features.pca import Moments
from verger.kernels.bits import DESCRIPTOR_BYTES, Bits, Descriptors, as_bits, as_bytes
from verger.vocabulary.training import Part, TrainingSet

Matrix = npt.NDArray[np.float64]

SPREAD = 40  # a standard deviation in steps of a byte: three of them fit on either side of 128
_STEPS = float(1 << 30)  # axes are multiples of its inverse: products with bytes add up exactly
_FLOOR = 1.0  # added to every variance: rounding to bytes alone makes a twelfth


@dataclass(frozen=True)
class Whitening:
    """Axes (d x 32) in steps of a byte, and where their origin lies (d); d numbers are kept."""

    axes: Matrix
    origin: Matrix

    @classmethod
    def fit(cls, training: TrainingSet, width: int) -> Whitening:
        """From the moments of all descriptors, of which `width` bytes are used."""
        moments = training.fold(_moments)
        values, vectors = np.linalg.eigh(moments.covariance()[:width, :width])
        leading = np.argsort(-values, kind="stable")
        axes = np.zeros((width, DESCRIPTOR_BYTES))
        scales = SPREAD / np.sqrt(np.maximum(values[leading], 0) + _FLOOR)
        axes[:, :width] = _signed(vectors[:, leading].T) * scales[:, None]
        axes = np.rint(axes * _STEPS) / _STEPS
        return cls(axes, np.rint(axes @ (moments.total / moments.n) * _STEPS) / _STEPS)

    def apply(self, descriptors: Descriptors) -> Descriptors:
        """Whitened descriptors (n x 32 bytes, the last 32 - d zero), 128 in the middle."""
        numbers = descriptors.astype(np.float64) @ self.axes.T - self.origin
        whitened = np.zeros_like(descriptors)
        whitened[:, : len(self.axes)] = np.clip(np.rint(numbers) + 128, 0, 255)
        return whitened


@dataclass(frozen=True)
class Whitened:
    """A training set, whitened as it is read."""

    training: TrainingSet
    whitening: Whitening

    def fold(self, part_of: Callable[[Bits], Part]) -> Part:
        """The sum of what `part_of` makes of every whitened chunk."""
        return self.training.fold(partial(_of_whitened, part_of=part_of, whitening=self.whitening))


def _moments(descriptors: Bits) -> Moments:
    return Moments.of(as_bytes(descriptors))


def _of_whitened(descriptors: Bits, part_of: Callable[[Bits], Part], whitening: Whitening) -> Part:
    return part_of(as_bits(whitening.apply(as_bytes(descriptors))))


def _signed(axes: Matrix) -> Matrix:
    """Each axis with its largest component positive: eigenvectors have no sign of their own."""
    largest = np.argmax(np.abs(axes), axis=1)
    return np.asarray(axes * np.where(axes[np.arange(len(axes)), largest] < 0, -1, 1)[:, None])
