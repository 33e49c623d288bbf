"""What is measured: which photographs, how many, how often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from verger.catalogue.keys import is_photograph


@dataclass(frozen=True)
class Options:
    """Sizes of all rows. The defaults of the command line take minutes."""

    images: Path
    work: Path  # a folder for lakes, links and logs, emptied afterwards
    repeats: int
    photographs: int
    descriptors: int
    words: int
    increments: Sequence[int]  # photographs that are there before 100 more arrive
    extractors: Sequence[str]  # the presets whose extractors are compared with the notebook
    whole_days: bool = False  # of a year, all: as many stages on each as on the first
    requests: int | None = None  # over which the service's memory must not grow; None: in minutes

    def paths(self, count: int) -> list[Path]:
        """So many photographs, spread evenly over all there are."""
        found = sorted(
            path for path in self.images.rglob("*") if is_photograph(path.name) and path.is_file()
        )
        if len(found) < count:
            raise SystemExit(
                f"{count} photographs asked for, but {self.images} holds {len(found)}: "
                "name a larger folder with --images, or ask for fewer with --photographs"
            )
        return [found[i * len(found) // count] for i in range(count)]

    def folder(self, count: int) -> Path:
        """A folder of links to so many photographs, laid out like the original."""
        folder = self.work / f"images-{count}"
        if not folder.exists():
            for path in self.paths(count):
                link = folder / path.relative_to(self.images)
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(path.resolve())
        return folder
