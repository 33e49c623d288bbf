"""Sums of vectors over a table, reduced on the executors before the driver sees them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from verger.spark.frames import spark_schema
from verger.spark.session import BATCH_BYTES
from verger.spark.workers import in_worker, map_batches
from verger.tables import schemas
from verger.tables.columns import Batches

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

Vector = npt.NDArray[np.float64]


class Sum:
    """How many rows, and the sum of their vectors. Sums of integers are exact below 2^53."""

    def __init__(self, n: int, total: Vector) -> None:
        self.n = n
        self.total = total

    def add(self, n: int, total: Vector) -> None:
        """Add rows to the sum."""
        self.n += n
        self.total = self.total + total


BLOCK_NUMBERS = BATCH_BYTES // 8
_BLOCK = "#"  # between a key and the place of a block

# What is made of a batch: key -> (number of rows, their vector).
Summarise = Callable[[pa.RecordBatch], Mapping[str, tuple[int, Vector]]]


def sum_by_key(rows: DataFrame, summarise: Summarise) -> dict[str, Sum]:
    """Sum per key what `summarise` makes of each batch.

    Batches are summed per partition, partitions per key: the driver receives one row a key.
    """
    return _unpack(_summed(rows, summarise).toArrow())


def sums_in_turn(rows: DataFrame, summarise: Summarise) -> Iterator[tuple[str, Sum]]:
    """The same, key after key, for vectors that a JVM could not hold all at once, or not even one:
    each travels in blocks.
    """

    def in_blocks(batch: pa.RecordBatch) -> dict[str, tuple[int, Vector]]:
        return {
            f"{key}{_BLOCK}{start}/{len(total)}": (n, total[start : start + BLOCK_NUMBERS])
            for key, (n, total) in summarise(batch).items()
            for start in range(0, len(total), BLOCK_NUMBERS)
        }

    come: dict[str, int] = {}
    vectors: dict[str, Vector] = {}
    for row in _summed(rows, in_blocks).toLocalIterator():
        key, _, place = row["key"].rpartition(_BLOCK)
        start, length = map(int, place.split("/"))
        block = np.frombuffer(row["total"], "<f8")
        vectors.setdefault(key, np.empty(length))[start : start + len(block)] = block
        come[key] = come.get(key, 0) + len(block)
        if come[key] == length:
            yield key, Sum(row["n"], vectors.pop(key))


def _summed(rows: DataFrame, summarise: Summarise) -> DataFrame:

    def per_partition(batches: Batches) -> Batches:
        sums: dict[str, Sum] = {}
        for batch in batches:
            for key, (n, total) in summarise(batch).items():
                _add(sums, key, n, total)
        yield from _packed(sums)

    def per_key(table: pa.Table) -> pa.Table:
        return pa.Table.from_batches([_pack(_unpack(table))])

    partial = map_batches(rows, per_partition, spark_schema(schemas.SUMS))
    return partial.groupBy("key").applyInArrow(in_worker(per_key), spark_schema(schemas.SUMS))


def _add(sums: dict[str, Sum], key: str, n: int, total: Vector) -> None:
    if key in sums:
        sums[key].add(n, total)
    else:
        sums[key] = Sum(n, total)


def _packed(sums: Mapping[str, Sum]) -> Iterator[pa.RecordBatch]:
    """The sums in batches of bounded size."""
    batch: dict[str, Sum] = {}
    size = 0
    for key, part in sums.items():
        batch[key] = part
        size += part.total.nbytes
        if size >= BATCH_BYTES:
            yield _pack(batch)
            batch, size = {}, 0
    if batch:
        yield _pack(batch)


def _pack(sums: Mapping[str, Sum]) -> pa.RecordBatch:
    columns = [
        list(sums),
        [part.n for part in sums.values()],
        [part.total.astype("<f8").tobytes() for part in sums.values()],
    ]
    return pa.RecordBatch.from_arrays(
        [pa.array(column, kind) for column, kind in zip(columns, schemas.SUMS.types, strict=True)],
        schema=schemas.SUMS,
    )


def _unpack(table: pa.Table) -> dict[str, Sum]:
    sums: dict[str, Sum] = {}
    for row in table.to_pylist():
        _add(sums, row["key"], row["n"], np.frombuffer(row["total"], "<f8"))
    return sums
