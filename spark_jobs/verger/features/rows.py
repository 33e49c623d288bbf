"""Rows of integers that linear heads see, one block at a time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.integer]

UNIT = 1 << 12  # a share of all words has this value
BYTE, SIGNED_BYTE = 255, 127  # and these, where a row is kept to be compared with others


def word_rows(counts: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Square roots of each word's share of a photograph (n x k), in steps of 1 / UNIT.

    Whatever weighting the preset's PCA has: heads were chosen on these. Division and square root
    are correctly rounded everywhere (IEEE 754).
    """
    totals = np.maximum(counts.sum(axis=1, keepdims=True, dtype=np.int64), 1)
    return np.asarray(np.rint(UNIT * np.sqrt(counts / totals)), np.int32)


Bytes = npt.NDArray[np.uint8] | npt.NDArray[np.int8]


def in_bytes(rows: Rows) -> npt.NDArray[np.uint8]:
    """Rows of words in steps of 1 / 255: an eighth of the room, and as good to compare by."""
    return np.asarray(np.rint(rows * (BYTE / UNIT)), np.uint8)


def in_signed_bytes(rows: Rows) -> npt.NDArray[np.int8]:
    """The same of rows that may be negative, in steps of 1 / 127."""
    return np.asarray(np.rint(rows * (SIGNED_BYTE / UNIT)), np.int8)
