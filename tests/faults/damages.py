"""Ways in which a stored file gets damaged."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

Damage = Callable[[Path], None]


def flipped(path: Path) -> None:
    """One bit in the middle."""
    damaged = bytearray(path.read_bytes())
    if damaged:
        damaged[len(damaged) // 2] ^= 1
    path.write_bytes(damaged)


def another_digit(path: Path) -> None:
    """One digit a third of the way through: JSON stays JSON, and says something else."""
    damaged = bytearray(path.read_bytes())
    places = [found.start() for found in re.finditer(rb"\d", damaged)]
    if places:
        damaged[places[len(places) // 3]] ^= 1
    path.write_bytes(damaged)


def emptied(path: Path) -> None:
    """No byte is left."""
    path.write_bytes(b"")


def cut(path: Path) -> None:
    """The second half is not there."""
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def of_another_version(path: Path) -> None:
    """A document as another version of the code might have written it; for tables, another file."""
    try:
        told = json.loads(path.read_bytes())
    except ValueError:
        path.write_bytes(b"{}")
        return
    told.pop("sealed", None)
    path.write_text(json.dumps({**told, "format": 99, "segments": 3, "stage": 7, "models": 5}))


def gone(path: Path) -> None:
    """The file is not there."""
    path.unlink()


DAMAGES: dict[str, Damage] = {
    "a flipped bit": flipped,
    "another digit": another_digit,
    "an empty file": emptied,
    "half a file": cut,
    "a document of another version": of_another_version,
    "a missing file": gone,
}


class Pristine:
    """A folder as it was: what has been changed, removed or added in it can be undone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._contents = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        self._stamps = {path: path.stat().st_mtime_ns for path in self._contents}

    def restore(self) -> None:
        there = {path for path in self.folder.rglob("*") if path.is_file()}
        for path in there - set(self._contents):
            path.unlink()
        for path, content in self._contents.items():
            if path not in there or path.stat().st_mtime_ns != self._stamps[path]:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
                self._stamps[path] = path.stat().st_mtime_ns

    def kinds(self) -> dict[str, Path]:
        """One file of every kind, by its place without fingerprints, attempts and parts."""
        found: dict[str, Path] = {}
        for path in sorted(self._contents):
            name = path.relative_to(self.folder).as_posix()
            if re.search(r"(^|/)[_.]", name):
                continue  # Hadoop's marks
            name = re.sub(r"part-\d+.*", "part", re.sub(r"\b[0-9a-f]{16}\b", "*", name))
            found.setdefault(re.sub(r"/[0-9a-f]{8}/", "/*/", name), path)
        return found
