"""Which photographs a collection holds, and in which segment each of them was imported.

A segment is the photographs that one run found new: imported once, never changed. What is new is
decided by comparing a listing with the catalogue, by key and ETag, and by nothing else. When a
photograph of a segment is replaced or deleted, the others make a segment of their own, copied from
it. A segment's id is the digest of its photographs, so the same photographs are the same segment.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from verger.catalogue.keys import label_of as named
from verger.objects.storage import StoredObject

# Where photographs without a label are counted: they are imported too, into quarantine.
NO_LABEL = "(no label)"


@dataclass(frozen=True)
class Segment:
    """So many photographs (good files and bad).

    ``origins`` are the segments that hold them all already, where a segment is what is left of
    another one, or several merged. ``origin`` is the only one in plans before 2027.
    """

    id: str
    photographs: int
    origin: str | None = None
    origins: tuple[str, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """The segments that it is copied from; none if its photographs are new."""
        return self.origins or ((self.origin,) if self.origin else ())


@dataclass(frozen=True)
class Change:
    """What a listing has that the catalogue had not, for one label; size in bytes."""

    new: int = 0
    changed: int = 0
    deleted: int = 0
    size: int = 0

    def __add__(self, other: Change) -> Change:
        return Change(
            self.new + other.new,
            self.changed + other.changed,
            self.deleted + other.deleted,
            self.size + other.size,
        )


@dataclass(frozen=True)
class Catalogue:
    """A state of a collection: each photograph by its key, each key's segment."""

    photographs: Mapping[str, StoredObject] = field(default_factory=dict)
    segment_of: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Stands for all photographs together."""
        return digest(self.photographs.values())

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The segments, in the order of their ids."""
        keys = sorted(self.keys_by_segment().items())
        return tuple(Segment(segment, len(of)) for segment, of in keys)

    def keys_by_segment(self) -> dict[str, list[str]]:
        """The keys of every segment."""
        keys: dict[str, list[str]] = defaultdict(list)
        for key, segment in self.segment_of.items():
            keys[segment].append(key)
        return dict(keys)

    def in_segment(self, segment: str) -> list[StoredObject]:
        """The photographs of a segment, by key."""
        keys = (key for key, of in self.segment_of.items() if of == segment)
        return [self.photographs[key] for key in sorted(keys)]


@dataclass(frozen=True)
class Advance:
    """From one state of a collection to the next."""

    catalogue: Catalogue
    segments: tuple[Segment, ...]
    changes: Mapping[str, Change]

    @property
    def total(self) -> Change:
        """The changes of all labels."""
        return sum(self.changes.values(), Change())


def advance(
    before: Catalogue,
    listing: Iterable[StoredObject],
    labels: Collection[str] = (),
    waiting: Collection[str] = (),
) -> Advance:
    """Compare a listing of the bucket with the catalogue.

    What is not looked at stays as it is in the catalogue, listed or not: where ``labels`` are
    named, those of all others; and keys that are ``waiting`` until their delivery is complete.
    """
    wanted = set(labels)

    def looked_at(key: str) -> bool:
        return key not in waiting and (not wanted or label_of(key) in wanted)

    listed = {item.key: item for item in listing if looked_at(item.key)}
    listed |= {key: item for key, item in before.photographs.items() if not looked_at(key)}
    fresh = {k: item for k, item in listed.items() if before.photographs.get(k) != item}
    gone = [key for key in before.photographs if key not in listed]
    changes: dict[str, Change] = defaultdict(Change)
    for key, item in fresh.items():
        replaced = key in before.photographs
        changes[label_of(key)] += Change(not replaced, replaced, 0, item.size)
    for key in gone:
        changes[label_of(key)] += Change(deleted=1)
    segment_of, segments = _trimmed(before, {*fresh, *gone})
    if fresh:
        new = Segment(digest(fresh.values()), len(fresh))
        segments.append(new)
        segment_of |= dict.fromkeys(fresh, new.id)
    return Advance(
        Catalogue(listed, segment_of),
        tuple(sorted(segments, key=lambda segment: segment.id)),
        {label: changes[label] for label in sorted(changes)},
    )


def merge(base: Catalogue, ours: Catalogue, theirs: Catalogue) -> Catalogue:
    """Two states that were made out of the same one, as one state.

    Where both changed the same photograph, theirs counts: the next listing tells which is right.
    """
    changed = {
        key
        for key in {*base.photographs, *ours.photographs}
        if ours.photographs.get(key) != base.photographs.get(key)
        and theirs.photographs.get(key) == base.photographs.get(key)
    }
    photographs = {k: item for k, item in theirs.photographs.items() if k not in changed}
    photographs |= {k: ours.photographs[k] for k in changed if k in ours.photographs}
    members: dict[str, list[str]] = defaultdict(list)
    for key in photographs:
        members[(ours if key in changed else theirs).segment_of[key]].append(key)
    segment_of: dict[str, str] = {}
    for keys in members.values():  # a segment that lost a part of it is another one
        segment_of |= dict.fromkeys(keys, digest(photographs[key] for key in keys))
    return Catalogue(photographs, segment_of)


def _trimmed(before: Catalogue, dead: Collection[str]) -> tuple[dict[str, str], list[Segment]]:
    """The segments without photographs that were replaced or deleted."""
    segment_of: dict[str, str] = {}
    segments: list[Segment] = []
    for segment, keys in before.keys_by_segment().items():
        left = [key for key in keys if key not in dead]
        if not left:
            continue
        if len(left) == len(keys):
            kept = Segment(segment, len(keys))
        else:
            rest = digest(before.photographs[key] for key in left)
            kept = Segment(rest, len(left), origins=(segment,))
        segments.append(kept)
        segment_of |= dict.fromkeys(left, kept.id)
    return segment_of, segments


def label_of(key: str) -> str:
    """The label that a key names, or a word for none."""
    return named(key) or NO_LABEL


def digest(photographs: Iterable[StoredObject]) -> str:
    """16 hex digits that stand for keys and contents, wherever they lie."""
    made = hashlib.sha256()
    for item in sorted(photographs, key=lambda item: item.key):
        made.update(f"{item.key}\0{item.etag}\n".encode())
    return made.hexdigest()[:16]
