"""The catalogue in the lake: what a run adds to it depends on what is new, not on what is there.

    <lake>/catalogues/<collection>/segments/<id>.jsonl.gz   the photographs of a segment
    <lake>/catalogues/<collection>/<digest>.json            a state: the ids of its segments
    <lake>/catalogues/<collection>/latest.json              which state is the latest

Segments and states are immutable: states share the segments that they have in common.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from verger.catalogue.collection import Catalogue
from verger.errors import ObjectGoneError, VergerError
from verger.objects.storage import Storage, StoredObject, at_once

FOLDER = "catalogues"
LATEST = "latest.json"


@dataclass(frozen=True)
class CatalogueStore:
    """All states of the collection below the address ``images``."""

    lake: Storage
    images: str

    def latest(self) -> Catalogue:
        """The latest state; empty if there is none. Raises VergerError if a part of it is gone."""
        try:
            told = json.loads(self.lake.read(self._latest))
        except ObjectGoneError:
            return Catalogue()
        return self.read(told["catalogue"])

    def read(self, key: str) -> Catalogue:
        """The state that lies under a key."""
        segments = json.loads(self._read(key))["segments"]
        photographs: dict[str, StoredObject] = {}
        segment_of: dict[str, str] = {}
        for segment, found in zip(segments, at_once(self.photographs, segments), strict=True):
            photographs |= {item.key: item for item in found}
            segment_of |= dict.fromkeys((item.key for item in found), segment)
        return Catalogue(photographs, segment_of)

    def photographs(self, segment: str) -> list[StoredObject]:
        """The photographs of one segment, by key; the others are not looked at."""
        lines = gzip.decompress(self._read(self._segment(segment))).splitlines()
        # All at once: line by line the parser's calls would take most of the time.
        return [StoredObject(*of) for of in json.loads(b"[%b]" % b",".join(lines))]

    def add(self, state: Catalogue, before: Catalogue) -> str:
        """Write a state that came after another one; returns its key.

        It is the latest only once `make_latest` says so.
        """
        segments = set(state.segment_of.values())
        for segment in segments - set(before.segment_of.values()):
            self.lake.write(self._segment(segment), _pack(state.in_segment(segment)))
        content = json.dumps({"segments": sorted(segments)}, indent=1).encode()
        key = f"{self._folder}/{hashlib.sha256(content).hexdigest()[:16]}.json"
        self.lake.write(key, content)
        return key

    def make_latest(self, key: str) -> None:
        """From here on, that state is the latest."""
        told = {"images": self.images, "catalogue": key}
        self.lake.write(self._latest, json.dumps(told, ensure_ascii=False).encode())

    def _read(self, key: str) -> bytes:
        try:
            return self.lake.read(key)
        except ObjectGoneError as error:
            raise VergerError(
                f"{key} is gone from the lake, and with it what is known of {self.images}: "
                "use `verger pipeline --rebuild`, which imports everything anew"
            ) from error

    @property
    def _folder(self) -> str:
        return f"{FOLDER}/{hashlib.sha256(self.images.rstrip('/').encode()).hexdigest()[:16]}"

    @property
    def _latest(self) -> str:
        return f"{self._folder}/{LATEST}"

    def _segment(self, segment: str) -> str:
        return f"{self._folder}/segments/{segment}.jsonl.gz"


def _pack(photographs: Iterable[StoredObject]) -> bytes:
    lines = (json.dumps([item.key, item.size, item.etag]) for item in photographs)
    return gzip.compress("\n".join(lines).encode(), compresslevel=4, mtime=0)
