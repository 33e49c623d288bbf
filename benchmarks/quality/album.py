"""The photographs that are judged: thinned evenly, each with its label and its variety."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from verger.catalogue.keys import is_photograph

Names = npt.NDArray[np.str_]


@dataclass(frozen=True)
class Album:
    """n photographs: files, what a judge shall name (n), and the variety each shows (n)."""

    root: Path
    paths: tuple[Path, ...]
    labels: Names
    varieties: Names

    def ids(self) -> list[str]:
        """32 hex digits that stand for each photograph wherever the album lies."""
        keys = [path.relative_to(self.root).as_posix() for path in self.paths]
        return [hashlib.sha256(key.encode()).hexdigest()[:32] for key in keys]


def by_label(folder: Path, per_label: int) -> Album:
    """<Label>/x.jpg below the folder: the label is the last folder, and the variety too."""
    return _album(folder, per_label, label_at=-2)


def by_variety(folder: Path, per_variety: int) -> Album:
    """<Species>/<Variety>/x.jpg below the folder: the label is the species."""
    return _album(folder, per_variety, label_at=-3)


def evenly(paths: Sequence[Path], most: int) -> list[Path]:
    """At most so many, spread over all there are in the order of their names."""
    ordered = sorted(paths)
    count = min(most, len(ordered))
    return [ordered[i * len(ordered) // count] for i in range(count)]


def _album(folder: Path, per_variety: int, label_at: int) -> Album:
    below: dict[str, list[Path]] = {}
    for path in folder.rglob("*"):
        if is_photograph(path.name) and path.is_file():
            below.setdefault(path.parent.name, []).append(path)
    paths = [path for name in sorted(below) for path in evenly(below[name], per_variety)]
    if not paths:
        raise SystemExit(f"{folder} holds no photographs")
    labels = np.array([path.parts[label_at] for path in paths])
    return Album(folder, tuple(paths), labels, np.array([path.parent.name for path in paths]))
