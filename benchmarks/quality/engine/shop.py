"""Photographs taken in shops: <Kind>/<Coarse>[/<Fine>]/x.jpg."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.quality.album import Album, Names
from verger.catalogue.keys import is_photograph
from verger.catalogue.labels import Name

FRUIT, PACKAGES, VEGETABLES = "Fruit", "Packages", "Vegetables"


@dataclass(frozen=True)
class Shop:
    """An album whose labels are the fine classes and whose varieties are the coarse ones; and the
    kind of each photograph (n).
    """

    album: Album
    kinds: Names

    def only(self, *kinds: str) -> Shop:
        """The photographs of these kinds."""
        kept = np.flatnonzero(np.isin(self.kinds, kinds))
        album = self.album
        paths = tuple(album.paths[i] for i in kept)
        part = Album(album.root, paths, album.labels[kept], album.varieties[kept])
        return Shop(part, self.kinds[kept])

    def names(self) -> Mapping[str, Name]:
        """Fine classes as varieties of their coarse class."""
        pairs = zip(self.album.labels, self.album.varieties, strict=True)
        return {str(fine): Name(str(coarse), str(fine)) for fine, coarse in pairs}


def read(folder: Path) -> Shop:
    """All photographs below a folder of kinds."""
    paths = sorted(path for path in folder.rglob("*") if is_photograph(path.name))
    if not paths:
        raise SystemExit(f"{folder} holds no photographs")
    parts = [path.relative_to(folder).parts for path in paths]
    fine = np.array([folders[-2] for folders in parts])
    coarse = np.array([folders[1] for folders in parts])
    kinds = np.array([folders[0] for folders in parts])
    return Shop(Album(folder, tuple(paths), fine, coarse), kinds)
