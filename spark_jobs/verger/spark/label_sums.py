"""Integer rows of photographs, summed per label: exact, so segments may be added in any order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from verger.spark.sums import Sum, Vector, sum_by_key
from verger.tables import schemas
from verger.tables.columns import to_lists

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

Rows = Callable[[pa.RecordBatch], npt.NDArray[np.integer]]


def sum_by_label(table: DataFrame, columns: Iterable[str], rows_of: Rows) -> dict[str, Sum]:
    """Number of photographs and summed rows of every label, sorted by label.

    ``rows_of`` makes a row (n x k integers) of each photograph of a batch.
    """

    def per_label(batch: pa.RecordBatch) -> dict[str, tuple[int, Vector]]:
        rows = rows_of(batch)
        labels = np.array(batch.column("label").to_pylist(), object)
        return {
            label: (int(np.sum(labels == label)), rows[labels == label].sum(axis=0, dtype=float))
            for label in sorted(set(labels))
        }

    sums = sum_by_key(table.select("label", *columns), per_label)
    return {label: sums[label] for label in sorted(sums)}


def to_table(sums: Mapping[str, Sum]) -> pa.Table:
    """One row a label; none where no photograph of a segment could be used."""
    totals = np.array([part.total for part in sums.values()], np.int64)
    if not sums:
        totals = totals.reshape(0, 0)
    columns = [list(sums), [part.n for part in sums.values()], to_lists(totals)]
    return pa.table(columns, schema=schemas.LABEL_SUMS)


def add_tables(tables: Iterable[pa.Table]) -> dict[str, Sum]:
    """The sum of what `to_table` wrote, sorted by label."""
    sums: dict[str, Sum] = {}
    for table in tables:
        for label, photographs, total in zip(*table.columns, strict=True):
            part = Sum(photographs.as_py(), total.values.to_numpy().astype(np.float64))
            if label.as_py() in sums:
                sums[label.as_py()].add(part.n, part.total)
            else:
                sums[label.as_py()] = part
    return {label: sums[label] for label in sorted(sums)}
