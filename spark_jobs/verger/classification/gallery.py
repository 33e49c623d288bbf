"""Known photographs that an answer can be compared with: a few of each label."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from verger.config.heads import COLOUR, ORB
from verger.features.rows import BYTE, SIGNED_BYTE, Bytes, Rows, in_bytes, in_signed_bytes

PER_LABEL = 24
WHO = "who"
WORDS = (ORB, COLOUR)
Compared = Mapping[str, Bytes]


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
            products = ours.astype(np.float32) @ asked
            for place in np.argsort(-products, kind="stable")[:most]:
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


def _packed(block: str, rows: Rows) -> Bytes:
    """Rows of words are never negative, others may be."""
    return in_bytes(rows) if block in WORDS else in_signed_bytes(rows)
