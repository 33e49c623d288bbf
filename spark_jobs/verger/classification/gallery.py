"""Known photographs that an answer can be compared with: a few of each label."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from verger.config.heads import COLOUR, ORB
from verger.features.rows import BYTE, SIGNED_BYTE, Bytes, Rows, in_bytes, in_signed_bytes

PER_LABEL = 24
WHO = "who"
WORDS = (ORB, COLOUR)
AT_ONCE = 256  # rows of a thousand floats: a megabyte
Compared = Mapping[str, Bytes]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Known:
    """A photograph of the gallery."""

    photo: str
    label: str
    img_name: str


@dataclass(frozen=True)
class Similar:
    """A photograph that looks like another one, by a block: 1 is the same words."""

    photo: str
    label: str
    img_name: str
    block: str
    similarity: float


@dataclass(frozen=True)
class Gallery:
    """Photographs, and their rows (n x d bytes) of each block that they are compared by."""

    known: tuple[Known, ...]
    rows: Compared

    @classmethod
    def of(cls, known: Sequence[Known], rows: Mapping[str, Rows]) -> Gallery:
        """At most `PER_LABEL` photographs of each label: the first by their ids."""
        taken: dict[str, int] = {}
        chosen = []
        for place in sorted(range(len(known)), key=lambda i: known[i].photo):
            label = known[place].label
            taken[label] = taken.get(label, 0) + 1
            if taken[label] <= PER_LABEL:
                chosen.append(place)
        kept = {block: _packed(block, matrix[chosen]) for block, matrix in rows.items()}
        return cls(tuple(known[place] for place in chosen), kept)

    def similar(self, rows: Mapping[str, Rows], most: int) -> list[Similar]:
        """The most similar photographs by each block, the most similar first.

        Exact: inner products of bytes, whose sums stay below 2^24.
        """
        found = []
        for block, ours in self.rows.items():
            if not self.known:
                continue
            asked = _packed(block, rows[block])[0].astype(np.float32)
            whole = (BYTE if block in WORDS else SIGNED_BYTE) ** 2
            products = _products(ours, asked)
            for place in _highest(products, most):
                likeness = round(max(0.0, min(float(products[place]) / whole, 1.0)), 4)
                of = self.known[place]
                found.append(Similar(of.photo, of.label, of.img_name, block, likeness))
        return sorted(found, key=lambda of: -of.similarity)

    def to_bytes(self) -> bytes:
        """The gallery as one file."""
        who = [[of.photo, of.label, of.img_name] for of in self.known]
        packed = io.BytesIO()
        arrays = {WHO: np.frombuffer(json.dumps(who).encode(), np.uint8), **self.rows}
        np.savez(packed, allow_pickle=False, **arrays)
        return packed.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> Gallery:
        """The gallery that `to_bytes` packed."""
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            known = tuple(Known(*of) for of in json.loads(arrays[WHO].tobytes()))
            return cls(known, {block: arrays[block] for block in arrays.files if block != WHO})


def _products(rows: Bytes, asked: Floats) -> Floats:
    """The inner products (n) of n x d bytes with d numbers.

    A few rows at a time become floats, which stay in the cache: as floats all of 90,000 rows of
    1,000 bytes are written and read again, at four times the size and the time.
    """
    products = np.empty(len(rows), np.float32)
    floats = np.empty((min(AT_ONCE, len(rows)), rows.shape[1]), np.float32)
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        as_floats = floats[: len(some)]
        np.copyto(as_floats, some)
        products[start : start + AT_ONCE] = as_floats @ asked
    return products


def _highest(products: Floats, most: int) -> npt.NDArray[np.intp]:
    """Where the highest are, the highest first and the first of equals."""
    least = np.partition(products, -most)[-most] if most < len(products) else products.min()
    places = np.flatnonzero(products >= least)
    return places[np.argsort(-products[places], kind="stable")][:most]


def _packed(block: str, rows: Rows) -> Bytes:
    """Rows of words are never negative, others may be."""
    return in_bytes(rows) if block in WORDS else in_signed_bytes(rows)
