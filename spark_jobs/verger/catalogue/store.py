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
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from verger.catalogue.collection import Catalogue, merge
from verger.documents import Document, DocumentError
from verger.errors import ObjectGoneError, VergerError
from verger.objects.changes import change
from verger.objects.storage import Storage, StoredObject, at_once

FOLDER = "catalogues"
LATEST = "latest.json"
MOVES_KEPT = 1000


@dataclass(frozen=True)
class State(Document):
    """A state of a collection, by the ids of its segments."""

    segments: tuple[str, ...]


@dataclass(frozen=True)
class Latest(Document):
    """Which state of the collection below ``images`` is the latest, by its key.

    ``moves`` are the runs that made a state the latest, newest first, each with that state.
    """

    images: str
    catalogue: str
    moves: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class CatalogueStore:
    """All states of the collection below the address ``images``."""

    storage: Storage
    images: str

    def latest(self) -> str:
        """Key of the latest state; empty if there is none.

        Raises DocumentError, with what to do, if the pointer to it cannot be read.
        """
        try:
            content = self.storage.read(self._latest)
        except ObjectGoneError:
            return ""
        return Latest.from_json(content, self._latest, self._remedy).catalogue

    def read(self, key: str) -> Catalogue:
        """The state that lies under a key, or an empty one for the empty key.

        Raises VergerError, with what to do, if a part of it is gone or cannot be read.
        """
        if not key:
            return Catalogue()
        segments = State.from_json(self._read(key), key, self._remedy).segments
        photographs: dict[str, StoredObject] = {}
        segment_of: dict[str, str] = {}
        for segment, found in zip(segments, at_once(self.photographs, segments), strict=True):
            photographs |= {item.key: item for item in found}
            segment_of |= dict.fromkeys((item.key for item in found), segment)
        return Catalogue(photographs, segment_of)

    def photographs(self, segment: str) -> list[StoredObject]:
        """The photographs of one segment, by key; the others are not looked at."""
        key = self._segment(segment)
        try:
            return _unpack(self._read(key))
        except (OSError, EOFError, zlib.error, ValueError, TypeError) as error:
            raise VergerError(f"{key} is damaged ({error}): {self._remedy}") from error

    def add(self, state: Catalogue, before: Catalogue) -> str:
        """Write a state that came after another one; returns its key.

        It is the latest only once `make_latest` says so.
        """
        segments = set(state.segment_of.values())
        for segment in segments - set(before.segment_of.values()):
            self.storage.write(self._segment(segment), _pack(state.in_segment(segment)))
        content = State(tuple(sorted(segments))).to_json()
        key = f"{self._folder}/{hashlib.sha256(content).hexdigest()[:16]}.json"
        self.storage.write(key, content)
        return key

    def make_latest(self, key: str, base: str, by: str) -> None:
        """From here on, that state is the latest: a run (``by``) made it out of the state ``base``.

        Where another run was faster, the changes of both are kept. A run that is repeated finds its
        own work and leaves it.
        """

        def decide(content: bytes | None) -> bytes | None:
            before = self._parsed(content)
            if (by, key) in before.moves:
                return None
            others = before.catalogue not in ("", base, key)
            state = self._merged(base, key, before.catalogue) if others else key
            moves = ((by, key), *before.moves)[:MOVES_KEPT]
            return Latest(self.images, state, moves).to_json()

        change(self.storage, self._latest, decide)

    def _parsed(self, content: bytes | None) -> Latest:
        nothing = Latest(self.images, "")
        if content is None:
            return nothing
        try:
            return Latest.from_json(content)
        except DocumentError:  # a run that does not need it is about to mend it
            return nothing

    def _merged(self, base: str, ours: str, theirs: str) -> str:
        there = self.read(theirs)
        return self.add(merge(self.read(base), self.read(ours), there), there)

    def _read(self, key: str) -> bytes:
        try:
            return self.storage.read(key)
        except ObjectGoneError as error:
            raise VergerError(f"{key} is gone from the lake: {self._remedy}") from error

    @property
    def _remedy(self) -> str:
        return (
            f"what is known of {self.images} is lost with it; delete {self._latest}, or use "
            "`verger pipeline --rebuild`, and the next run imports everything anew"
        )

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


def _unpack(content: bytes) -> list[StoredObject]:
    if not content:  # gzip takes nothing for nothing, and a segment is never without photographs
        raise EOFError("it is empty")
    lines = gzip.decompress(content).splitlines()
    # All at once: line by line the parser's calls would take most of the time.
    return [StoredObject(*of) for of in json.loads(b"[%b]" % b",".join(lines))]
