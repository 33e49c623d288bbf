"""The descriptors that a vocabulary is fitted to, spread over a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from operator import add
from typing import TYPE_CHECKING, Any

from verger.kernels.bits import DESCRIPTOR_BYTES, Bits
from verger.spark.workers import in_worker
from verger.vocabulary.training import Part, unpack

if TYPE_CHECKING:
    from pyspark import RDD
    from pyspark.sql import DataFrame

# Descriptors in one array on a worker: 8 MB.
_PER_CHUNK = 1 << 18


class Distributed:
    """Descriptors that stay in the executors' memory; only parts of sums travel."""

    def __init__(self, rows: DataFrame) -> None:
        """From rows whose column `descriptors` holds n x 32 bytes."""
        from pyspark import StorageLevel

        packed = rows.select("descriptors").rdd.map(lambda row: row["descriptors"])
        self._chunks: RDD[Any] = packed.mapPartitions(in_worker(_chunks)).persist(
            StorageLevel.MEMORY_AND_DISK
        )

    def fold(self, part_of: Callable[[Bits], Part]) -> Part:
        """The sum over all chunks, added up on the executors before the driver sees it."""
        total: Part = self._chunks.map(in_worker(part_of)).treeReduce(add)
        return total

    def release(self) -> None:
        """Give the memory back."""
        self._chunks.unpersist()


def _chunks(packed: Iterable[bytes]) -> Iterator[Bits]:
    waiting: list[bytes] = []
    size = 0
    for value in packed:
        waiting.append(value)
        size += len(value)
        if size >= _PER_CHUNK * DESCRIPTOR_BYTES:
            yield unpack(waiting)
            waiting, size = [], 0
    if size:
        yield unpack(waiting)
