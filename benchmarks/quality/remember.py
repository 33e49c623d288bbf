"""What has been computed is kept on disk, so that a sweep that was killed goes on where it was."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Arrays = Mapping[str, npt.NDArray[Any]]


def fingerprint(*parts: object) -> str:
    """A short name for values that JSON can write; another value gives another name."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def values_once(path: Path, compute: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
    """Plain values from the file (.json), or computed and written to it."""
    if not path.exists():
        _write(path, lambda part: part.write_text(json.dumps(compute())))
    kept: Mapping[str, Any] = json.loads(path.read_text())
    return kept


def arrays_once(path: Path, compute: Callable[[], Arrays]) -> Arrays:
    """Arrays from the file (.npz), or computed and written to it."""
    if not path.exists():
        arrays: Mapping[str, Any] = compute()
        _write(path, lambda part: np.savez_compressed(part, **arrays))
    with np.load(path) as kept:
        return dict(kept)


def _write(path: Path, write: Callable[[Path], object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"part-{os.getpid()}-{path.name}")
    write(part)
    part.replace(path)
