"""Matrices as Arrow columns: one list a row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from verger.tables.schemas import WHO

Batches = Iterable[pa.RecordBatch]


def to_lists(matrix: npt.NDArray[Any]) -> pa.ListArray:
    """A matrix n x k as a column of n lists."""
    offsets = np.arange(len(matrix) + 1, dtype=np.int32) * matrix.shape[1]
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(matrix.reshape(-1)))


def from_lists(column: pa.ListArray, k: int) -> npt.NDArray[Any]:
    """The matrix n x k that `to_lists` packed."""
    return np.asarray(column.flatten().to_numpy(zero_copy_only=False)).reshape(-1, k)


def about(batch: pa.RecordBatch, **columns: pa.Array) -> pa.RecordBatch:
    """A batch about the same photographs, with other columns."""
    who = [batch.column(name) for name in WHO]
    return pa.RecordBatch.from_arrays([*who, *columns.values()], [*WHO, *columns])
