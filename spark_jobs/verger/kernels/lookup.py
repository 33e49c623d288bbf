"""Nearest centres where there is AVX2 but no vector popcount: distances looked up in registers.

A descriptor is 64 groups of 4 bits. For one group of a descriptor, the distances to all 16 values a
centre may have there fit into a register, and vpshufb looks up 32 centres in it at once (Mula, Kurz
and Lemire, "Faster population counts using AVX2 instructions", 2018; Andre, Kermarrec and Le
Scouarnec, "Cache locality is not enough", 2015). A distance of 4 bits takes half a byte, so one
look-up serves two descriptors: the first in the lower halves, the second in the upper ones.

The loop over popcounts gives the same numbers and serves all other processors; `make bench
BENCH=kernel` times both.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import config
from numba.core import cgutils, types
from numba.core.codegen import get_host_cpu_features
from numba.extending import intrinsic

from verger.kernels.bits import Bits
from verger.kernels.jit import compiled

_GROUPS = 64  # of 4 bits
_VECTORS = 4  # registers of 32 bytes that hold the distances to one block of centres
LANES = 32 * _VECTORS  # centres in a block
# Three distances of 4 bits add up to 12, which still fits into half a byte; four would not.
_SUMMED_IN_HALVES = 3
# Descriptors that go together through all blocks: they and one block stay in the nearest cache.
_TILE = 64

_BYTE, _INT32, _INT64 = ir.IntType(8), ir.IntType(32), ir.IntType(64)
_BYTES = ir.VectorType(_BYTE, 32)
_TABLE = ir.VectorType(_BYTE, 16)
_PAIRS = ir.VectorType(ir.IntType(16), 16)
_LANE_BITS = ir.IntType(LANES)


@functools.cache
def is_fastest() -> bool:
    """Whether kernels are compiled for a processor that this is meant for."""
    chosen = config.CPU_FEATURES  # numba's own setting, None unless somebody sets it
    features = get_host_cpu_features() if chosen is None else chosen
    return "+avx2" in features and "+avx512vpopcntdq" not in features


def assign(descriptors: Bits, centres: Bits, words: Any, distances: Any) -> None:
    """Fill in the nearest centre (n) and its distance modulo 256 (n) of n x 4 descriptors.

    On ties the lowest index. Only a descriptor's complement is 256 away: it comes out as 0.
    """
    _assign(_as_bytes(descriptors), _planes(_as_bytes(centres)), _tables(), words, distances)


def _as_bytes(bits: Bits) -> npt.NDArray[np.uint8]:
    return np.ascontiguousarray(bits).view(np.uint8).reshape(-1, 32)


def _planes(centres: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Centres k x 32 as blocks x 64 x LANES: a group of 4 bits of all centres of a block.

    The last block is filled with the first centre: on ties the lower index wins, so never these.
    """
    missing = -len(centres) % LANES
    full = np.concatenate([centres, np.repeat(centres[:1], missing, axis=0)])
    groups = np.stack([full & 15, full >> 4], axis=2).reshape(-1, LANES, _GROUPS)
    return _aligned(groups.transpose(0, 2, 1))


@functools.cache
def _tables() -> npt.NDArray[np.uint8]:
    """256 x 16: for groups a and b of two descriptors, row b << 4 | a, the distances to all values
    of a centre's group: to a in the lower half of the byte, to b in the upper.
    """
    values = np.arange(16, dtype=np.uint8)
    distances = np.bitwise_count(values[:, None] ^ values)
    return _aligned((distances[:, None] << 4 | distances[None, :]).reshape(256, 16))


def _aligned(values: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """A copy that begins with a cache line."""
    memory = np.empty(values.size + 63, np.uint8)
    start = -memory.ctypes.data % 64
    copy = memory[start : start + values.size].reshape(values.shape)
    copy[:] = values
    return copy


@compiled
def _assign(descriptors: Any, planes: Any, tables: Any, words: Any, distances: Any) -> None:
    n, blocks = descriptors.shape[0], planes.shape[0]
    groups = np.empty((_TILE // 2, _GROUPS), np.uint8)
    best = np.empty(_TILE, np.uint64)
    for start in range(0, n, _TILE):
        count = min(_TILE, n - start)
        for i in range(0, count, 2):
            # The last descriptor of an odd number is its own partner.
            one, two = descriptors[start + i], descriptors[start + min(i + 1, count - 1)]
            for q in range(32):
                groups[i // 2, 2 * q] = (one[q] & 15) | ((two[q] & 15) << 4)
                groups[i // 2, 2 * q + 1] = (one[q] >> 4) | (two[q] & 240)
        best[:] = np.uint64(0xFFFFFFFF)
        for block in range(blocks):
            first = np.uint64(block * LANES)
            for i in range(0, count, 2):
                one, two = _closest(groups[i // 2], planes[block], tables)
                best[i] = min(best[i], one + first)
                best[i + 1] = min(best[i + 1], two + first)
        for i in range(count):
            words[start + i] = np.int32(best[i] & np.uint64(0xFFFF))
            distances[start + i] = np.int32(best[i] >> np.uint64(16))


def _emit_closest(typing_context: Any, groups: Any, planes: Any, tables: Any) -> Any:  # noqa: ARG001
    """groups 64 of two descriptors, planes 64 x LANES of one block, tables 256 x 16 -> for each of
    both the lowest distance << 16 | lane.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        addresses = [
            builder.ptrtoint(context.make_array(kind)(context, builder, value).data, _INT64)
            for kind, value in zip(signature.args, arguments, strict=True)
        ]
        return context.make_tuple(
            builder, signature.return_type, _Block(builder, *addresses).closest()
        )

    both = types.UniTuple(types.uint64, 2)  # type: ignore[attr-defined]  # its stub omits it
    return both(groups, planes, tables), generate


_closest: Any = intrinsic(_emit_closest)


class _Block:
    """Writes the instructions for one pair of descriptors and one block of centres."""

    def __init__(self, builder: Any, groups: Any, planes: Any, tables: Any) -> None:
        self._builder = builder
        self._groups, self._planes, self._tables = groups, planes, tables
        zeros = ir.Constant(_BYTES, [0] * 32)
        # Sums of whole bytes (first + 16 x second) and of upper halves (second), modulo 256.
        self._wholes = [cgutils.alloca_once_value(builder, zeros) for _ in range(_VECTORS)]
        self._uppers = [cgutils.alloca_once_value(builder, zeros) for _ in range(_VECTORS)]
        for sums in (*self._wholes, *self._uppers):
            builder.store(zeros, sums)  # an alloca's own value is stored once a function

    def closest(self) -> list[Any]:
        b = self._builder
        rounds, rest = divmod(_GROUPS, _SUMMED_IN_HALVES)
        with cgutils.for_range(b, _int64(rounds)) as loop:
            self._add(b.mul(loop.index, _int64(_SUMMED_IN_HALVES)), _SUMMED_IN_HALVES)
        self._add(_int64(_GROUPS - rest), rest)
        second = [b.load(sums) for sums in self._uppers]
        sixteen = ir.Constant(_BYTES, [16] * 32)
        first = [
            b.sub(b.load(whole), b.mul(upper, sixteen))
            for whole, upper in zip(self._wholes, second, strict=True)
        ]
        return [self._lowest(first), self._lowest(second)]

    def _add(self, group: Any, count: int) -> None:
        """Add the distances in so many groups from `group` on."""
        b = self._builder
        tables = [self._table(b.add(group, _int64(i))) for i in range(count)]
        plane = b.add(self._planes, b.mul(group, _int64(LANES)))
        half, lower = ir.Constant(_PAIRS, [4] * 16), ir.Constant(_BYTES, [15] * 32)
        for v in range(_VECTORS):
            found = [
                self._call("llvm.x86.avx2.pshuf.b", _BYTES, table, self._load(
                    b.add(plane, _int64(i * LANES + 32 * v)), _BYTES
                ))
                for i, table in enumerate(tables)
            ]  # fmt: skip
            both = functools.reduce(b.add, found)
            upper = b.and_(b.bitcast(b.lshr(b.bitcast(both, _PAIRS), half), _BYTES), lower)
            b.store(b.add(b.load(self._wholes[v]), both), self._wholes[v])
            b.store(b.add(b.load(self._uppers[v]), upper), self._uppers[v])

    def _table(self, group: Any) -> Any:
        """The row of both descriptors' groups, in both halves of a register."""
        b = self._builder
        pair = b.zext(self._load(b.add(self._groups, group), _BYTE), _INT64)
        row = self._load(b.add(self._tables, b.shl(pair, _int64(4))), _TABLE)
        return b.shuffle_vector(row, row, _int32s([*range(16)] * 2))

    def _lowest(self, vectors: list[Any]) -> Any:
        """The lowest of LANES bytes and the first lane that has it."""
        b = self._builder
        smallest = functools.reduce(
            lambda x, y: self._call("llvm.umin.v32i8", _BYTES, x, y), vectors
        )
        lowest = self._call("llvm.vector.reduce.umin.v32i8", _BYTE, smallest)
        undefined = ir.Constant(_BYTES, ir.Undefined)
        everywhere = b.shuffle_vector(
            b.insert_element(undefined, lowest, ir.Constant(_INT32, 0)),
            undefined,
            _int32s([0] * 32),
        )
        equal = ir.Constant(_LANE_BITS, 0)
        for v, vector in enumerate(vectors):
            bits = b.bitcast(b.icmp_unsigned("==", vector, everywhere), _INT32)
            shift = ir.Constant(_LANE_BITS, 32 * v)
            equal = b.or_(equal, b.shl(b.zext(bits, _LANE_BITS), shift))
        lane = self._call(f"llvm.cttz.i{LANES}", _LANE_BITS, equal, ir.Constant(ir.IntType(1), 1))
        return b.or_(b.shl(b.zext(lowest, _INT64), _int64(16)), b.trunc(lane, _INT64))

    def _load(self, address: Any, kind: ir.Type) -> Any:
        pointer = self._builder.inttoptr(address, ir.PointerType(kind))
        return self._builder.load(pointer, align=1)

    def _call(self, name: str, result: ir.Type, *arguments: Any) -> Any:
        kind = ir.FunctionType(result, [argument.type for argument in arguments])
        function = cgutils.get_or_insert_function(self._builder.module, kind, name)
        return self._builder.call(function, arguments)


def _int64(value: int) -> ir.Constant:
    return ir.Constant(_INT64, value)


def _int32s(values: list[int]) -> ir.Constant:
    return ir.Constant(ir.VectorType(_INT32, len(values)), values)
