"""The descriptors that a vocabulary is fitted to: in this process, or (spark/distributed.py) spread
over a cluster. Both offer one operation, and whatever is fitted through it cannot tell them apart.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from typing import Protocol, Self, TypeVar

import numpy as np

from verger.kernels.bits import DESCRIPTOR_BYTES, Bits, as_bits
from verger.kernels.blas import one_blas_thread


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
        with one_blas_thread(), ThreadPoolExecutor(self.threads) as pool:
            return reduce(add, pool.map(part_of, np.array_split(self.bits, self.threads)))


def unpack(packed: Iterable[bytes]) -> Bits:
    """Descriptors (n x 4) out of values of n x 32 bytes."""
    joined = np.frombuffer(b"".join(packed), np.uint8)
    return as_bits(joined.reshape(-1, DESCRIPTOR_BYTES))
