"""The descriptors that a vocabulary is fitted to: in this process, or spread over a cluster.

Both offer one operation, and whatever is fitted through it cannot tell them apart.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

import numpy as np

from verger.compiled import Bits
from verger.hamming import as_bits
from verger.orb import DESCRIPTOR_BYTES

if TYPE_CHECKING:
    from pyspark import RDD
    from pyspark.sql import DataFrame

# Descriptors in one array on a worker: 8 MB.
_PER_CHUNK = 1 << 18


class Addable(Protocol):
    """A part of a sum that comes out the same however its parts are ordered and grouped."""

    def __add__(self, other: Self, /) -> Self:
        """The sum of both parts."""


Part = TypeVar("Part", bound=Addable)


class TrainingSet(Protocol):
    """Any number of descriptors."""

    def fold(self, part_of: Callable[[Bits], Part]) -> Part:
        """The sum of what `part_of` makes of every chunk of descriptors (n x 4)."""


@dataclass(frozen=True)
class InMemory:
    """Descriptors of one process (n x 4), a chunk for each thread; kernels release the GIL."""

    bits: Bits
    threads: int = field(default_factory=lambda: os.cpu_count() or 1)

    def fold(self, part_of: Callable[[Bits], Part]) -> Part:
        """The sum over all chunks."""
        with ThreadPoolExecutor(self.threads) as pool:
            return reduce(add, pool.map(part_of, np.array_split(self.bits, self.threads)))


class Distributed:
    """Descriptors that stay in the executors' memory; only parts of sums travel."""

    def __init__(self, rows: DataFrame) -> None:
        """From rows whose column `descriptors` holds n x 32 bytes."""
        from pyspark import StorageLevel

        packed = rows.select("descriptors").rdd.map(lambda row: row["descriptors"])
        self._chunks: RDD[Any] = packed.mapPartitions(_chunks).persist(StorageLevel.MEMORY_AND_DISK)

    def fold(self, part_of: Callable[[Bits], Part]) -> Part:
        """The sum over all chunks, added up on the executors before the driver sees it."""
        total: Part = self._chunks.map(part_of).treeReduce(add)
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


def unpack(packed: Iterable[bytes]) -> Bits:
    """Descriptors (n x 4) out of values of n x 32 bytes."""
    joined = np.frombuffer(b"".join(packed), np.uint8)
    return as_bits(joined.reshape(-1, DESCRIPTOR_BYTES))
