"""Reading a PyTorch file of weights without PyTorch, and without running what it says.

A pickle may name any function; this reader knows the three names that weights need and refuses all
others. The format is the one before PyTorch 1.6: a magic number, a protocol number, the writing
machine, the tensors, the keys of their storages, then each storage: its length and its values.
"""

from __future__ import annotations

import collections
import pickle
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

Weights = dict[str, npt.NDArray[np.generic]]

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
_KINDS = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


@dataclass
class Storage:
    """Values of one kind, filled in when the file comes to them."""

    kind: np.dtype[Any]
    length: int
    values: npt.NDArray[Any] = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True)
class Tensor:
    """A view on a storage; offset and strides count values."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def to_array(self) -> npt.NDArray[Any]:
        """A copy as an array."""
        values = self.storage.values[self.offset :]
        strides = [stride * values.itemsize for stride in self.strides]
        return np.lib.stride_tricks.as_strided(values, self.shape, strides).copy()


def read(path: Path) -> Weights:
    """Names and arrays of a file of weights.

    Raises ValueError if it is another kind of file, or pickle.UnpicklingError if it names anything
    but tensors.
    """
    with path.open("rb") as file:
        if _Reader(file).load() != _MAGIC or _Reader(file).load() != _PROTOCOL:
            raise ValueError(f"{path.name} is no file of PyTorch weights (before 1.6)")
        if not _Reader(file).load()["little_endian"]:
            raise ValueError(f"{path.name} was written by a big-endian machine")
        reader = _Reader(file)
        tensors = reader.load()
        for key in _Reader(file).load():
            _fill(reader.storages[key], file)
    return {name: tensor.to_array() for name, tensor in tensors.items()}


class _Reader(pickle.Unpickler):
    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self.storages: dict[str, Storage] = {}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor
        if module == "torch" and name in _KINDS:
            return _KINDS[name]
        raise pickle.UnpicklingError(f"weights need no {module}.{name}")

    def persistent_load(self, pid: Any) -> Storage:
        _, kind, key, _, length, _ = pid
        return self.storages.setdefault(key, Storage(kind, length))


def _tensor(
    storage: Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: object
) -> Tensor:
    return Tensor(storage, offset, shape, strides)


def _fill(storage: Storage, file: BinaryIO) -> None:
    (length,) = struct.unpack("<q", file.read(8))
    content = file.read(length * storage.kind.itemsize)
    if length != storage.length or len(content) < length * storage.kind.itemsize:
        raise ValueError("the file of weights ends early; install the package anew")
    storage.values = np.frombuffer(content, storage.kind)
