"""Small pictures of the known photographs that answers are compared with."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import cv2
import pyarrow.parquet as pq

from verger.classification.gallery import Gallery
from verger.imaging.decoding import decode
from verger.lake.bundle import GALLERY_FILE, Files
from verger.lake.registry import Model
from verger.lake.store import Lake
from verger.planning.plan import read_plan

LONGEST = 240  # pixels
ROWS_AT_ONCE = 64
Group = tuple[str, int]


@dataclass
class Pictures:
    """The pictures of one model's gallery, read out of its photographs' tables when they are first
    asked for, a row group at a time: no row group is read twice.

    Other photographs of the collection are not shown.
    """

    lake: Lake
    run_id: str
    known: frozenset[str]
    _groups: dict[str, Group] | None = None
    _made: dict[str, bytes] = field(default_factory=dict)
    _busy: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(cls, lake: Lake, model: Model, files: Files) -> Pictures:
        """The pictures of a model and its bundle."""
        known = Gallery.from_bytes(files[GALLERY_FILE]).known
        return cls(lake, model.run_id, frozenset(one.photo for one in known))

    def picture(self, photo: str) -> bytes | None:
        """A JPEG; None where the photograph is not in the gallery, or no longer in the lake.

        Raises VergerError if the model's run has left no plan.
        """
        if photo not in self.known:
            return None
        with self._busy:
            if photo not in self._made:
                if self._groups is None:
                    self._groups = dict(self._places())
                if photo in self._groups:
                    self._make(self._groups[photo])
            return self._made.get(photo)

    def _places(self) -> Iterator[tuple[str, Group]]:
        plan = read_plan(self.lake.storage, self.run_id)
        wanted = [plan.recipe.images(segment.id).id for segment in plan.segments]
        for checkpoint in filter(None, self.lake.find_each(wanted)):
            for key in checkpoint.keys("images"):
                if not key.endswith(".parquet"):
                    continue
                with self.lake.storage.open(key) as file:
                    table = pq.ParquetFile(file)
                    for group in range(table.num_row_groups):
                        photos = table.read_row_group(group, ["photo"], use_threads=False)
                        for photo in self.known.intersection(photos["photo"].to_pylist()):
                            yield photo, (key, group)

    def _make(self, group: Group) -> None:
        key, number = group
        with self.lake.storage.open(key) as file:
            batches = pq.ParquetFile(file).iter_batches(
                ROWS_AT_ONCE,
                row_groups=[number],
                columns=["photo", "content"],
                use_threads=False,
            )
            for batch in batches:
                for photo, content in zip(*batch.to_pydict().values(), strict=True):
                    if photo in self.known:
                        self._made[photo] = _small(content)


def _small(content: bytes) -> bytes:
    _, packed = cv2.imencode(".jpg", decode(content, LONGEST), [cv2.IMWRITE_JPEG_QUALITY, 85])
    return bytes(packed)
