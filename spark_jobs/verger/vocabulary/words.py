"""A fitted vocabulary: which of its k visual words is nearest to a descriptor?

The compiled kernels are imported where they are used: a stage that is reused needs none of them,
and numba takes most of a second to load.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from verger.kernels.bits import DESCRIPTOR_BYTES, Descriptors
from verger.tables import schemas

Words = npt.NDArray[np.int32]
Distances = npt.NDArray[np.int32]


class Vocabulary(Protocol):
    """What both geometries offer."""

    @property
    def centres(self) -> npt.NDArray[Any]:
        """The words themselves (k x 32)."""

    @property
    def k(self) -> int:
        """The number of words."""

    @property
    def distinct(self) -> int:
        """How many words differ from all others."""

    def assign(self, descriptors: Descriptors) -> Words:
        """The nearest word of each descriptor (n x 32 bytes -> n); on ties the lowest."""

    def quantise(self, descriptors: Descriptors) -> tuple[Words, Distances]:
        """The same, with the Hamming distance in bits between descriptor and word (n)."""


@dataclass(frozen=True)
class HammingVocabulary:
    """Words are 256-bit centres: k x 32 bytes."""

    centres: Descriptors

    @property
    def k(self) -> int:
        """The number of words."""
        return len(self.centres)

    @property
    def distinct(self) -> int:
        """How many words differ from all others."""
        return len(np.unique(self.centres, axis=0))

    def assign(self, descriptors: Descriptors) -> Words:
        """Nearest by Hamming distance."""
        return self.quantise(descriptors)[0]

    def quantise(self, descriptors: Descriptors) -> tuple[Words, Distances]:
        """Nearest by Hamming distance, and that distance."""
        from verger.kernels.bits import as_bits
        from verger.kernels.hamming import nearest

        return nearest(as_bits(descriptors), as_bits(self.centres))

    def to_table(self, sizes: npt.NDArray[np.int64]) -> pa.Table:
        """One row a word, with its number of training descriptors."""
        columns = [range(self.k), [centre.tobytes() for centre in self.centres], sizes]
        return pa.table(columns, schema=schemas.HAMMING_VOCABULARY)


@dataclass(frozen=True)
class ByteVocabulary:
    """Words of colour: 32 bytes taken for 32 numbers, as the patches are; centres k x 32."""

    centres: Descriptors

    @property
    def k(self) -> int:
        """The number of words."""
        return len(self.centres)

    @property
    def distinct(self) -> int:
        """How many words differ from all others."""
        return len(np.unique(self.centres, axis=0))

    def assign(self, descriptors: Descriptors) -> Words:
        """Nearest by squared distance."""
        return self.quantise(descriptors)[0]

    def quantise(self, descriptors: Descriptors) -> tuple[Words, Distances]:
        """Nearest by squared distance, and that distance."""
        from verger.kernels.bits import as_bits
        from verger.kernels.euclidean import nearest

        return nearest(as_bits(descriptors), as_bits(self.centres))

    def to_table(self, sizes: npt.NDArray[np.int64]) -> pa.Table:
        """One row a word, with its number of training patches."""
        columns = [range(self.k), [centre.tobytes() for centre in self.centres], sizes]
        return pa.table(columns, schema=schemas.COLOUR_VOCABULARY)


@dataclass(frozen=True)
class EuclideanVocabulary:
    """The notebook's words: a descriptor's 32 bytes taken for 32 numbers; centres k x 32."""

    centres: npt.NDArray[np.float64]

    @property
    def k(self) -> int:
        """The number of words; MLlib may find fewer than it was asked for."""
        return len(self.centres)

    def assign(self, descriptors: Descriptors) -> Words:
        """Nearest by squared Euclidean distance, |c|^2 - 2xc (|x|^2 is the same for all)."""
        points = descriptors.astype(np.float64)
        offsets = np.einsum("ij,ij->i", self.centres, self.centres)
        closeness = offsets - 2 * points @ self.centres.T
        return np.asarray(np.argmin(closeness, axis=1), np.int32)

    @property
    def distinct(self) -> int:
        """How many words differ from all others."""
        return len(np.unique(self.centres, axis=0))

    def quantise(self, descriptors: Descriptors) -> tuple[Words, Distances]:
        """Nearest by Euclidean distance; distances are to the centres rounded to bytes, in bits,
        so that both kinds of vocabulary are measured alike.
        """
        words = self.assign(descriptors)
        rounded = np.clip(np.rint(self.centres), 0, 255).astype(np.uint8)
        return words, np.bitwise_count(descriptors ^ rounded[words]).sum(axis=1, dtype=np.int32)

    def to_table(self) -> pa.Table:
        """One row a word."""
        columns = [range(self.k), list(self.centres)]
        return pa.table(columns, schema=schemas.EUCLIDEAN_VOCABULARY)


def from_table(table: pa.Table) -> Vocabulary:
    """The vocabulary that a checkpoint holds; its column type tells the geometry."""
    ordered = table.sort_by("word")
    centres = ordered.column("centre").to_pylist()
    kind = ordered.schema.field("centre").type
    if pa.types.is_list(kind) or pa.types.is_fixed_size_list(kind):
        return EuclideanVocabulary(np.array(centres, np.float64))
    joined = np.frombuffer(b"".join(centres), np.uint8)
    return HammingVocabulary(joined.reshape(-1, DESCRIPTOR_BYTES))


def colours_from_table(table: pa.Table) -> ByteVocabulary:
    """The words of colour that a checkpoint holds."""
    centres = table.sort_by("word").column("centre").to_pylist()
    joined = np.frombuffer(b"".join(centres), np.uint8)
    return ByteVocabulary(joined.reshape(-1, DESCRIPTOR_BYTES))


def from_fit(centres: npt.NDArray[np.uint64]) -> HammingVocabulary:
    """The vocabulary of a k-majority fit (k x 4 words of 64 bits)."""
    from verger.kernels.bits import as_bytes

    return HammingVocabulary(as_bytes(centres))
