"""Objects under one root: a local folder or an S3 prefix, with the same few verbs.

Only small files and photographs go through here; tables are read and written by Spark.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO, Protocol, TypeVar

# A collection comes to have hundreds of segments, each with objects of its own in the lake.
ASKED_AT_ONCE = 16
Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


KeyTest = Callable[[str], bool]


def any_key(key: str) -> bool:  # noqa: ARG001
    """True of every key."""
    return True


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object's key relative to the root, its size in bytes and the ETag of its content.

    ``modified`` is when it was stored; two objects of the same content are equal all the same.
    ``problem`` says why it cannot be read, where that is known without trying.
    """

    key: str
    size: int
    etag: str
    modified: datetime | None = field(default=None, compare=False)
    problem: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Versioned:
    """An object's content, and the ETag that tells it from what others write."""

    content: bytes
    version: str


class Storage(Protocol):
    """The verbs that folders and buckets share. Keys are relative to the root, with slashes."""

    @property
    def root(self) -> str:
        """Address of the root, without a trailing slash; Spark understands it too."""

    def list(
        self, prefix: str = "", *, etags: bool = True, of: KeyTest = any_key
    ) -> Iterator[StoredObject]:
        """All objects whose key starts with prefix + "/" (all if empty), in any order.

        Without ETags it may be cheaper, or with the ETags ``of`` certain keys alone.
        """

    def sizes(self, prefix: str) -> dict[str, int]:
        """Key and size in bytes of all objects below prefix; cheaper than `list`."""

    def read(self, key: str, etag: str | None = None) -> bytes:
        """The object's content. Raises ObjectGoneError if it is not there (with that ETag)."""

    def open(self, key: str) -> BinaryIO:
        """The object as a file, of which only what is read need travel.

        Raises ObjectGoneError if it is not there.
        """

    def read_version(self, key: str) -> Versioned | None:
        """The object's content and version; None if it is not there."""

    def write(self, key: str, content: bytes) -> None:
        """Store the content: whoever reads sees all of it or nothing."""

    def replace(self, key: str, content: bytes, version: str | None) -> None:
        """Store the content only where that version is still there (None: where nothing is).

        Raises ConflictError otherwise. A server that does not know conditions stores it anyway.
        """

    def checksum(self, key: str) -> str:
        """SHA-256 of the content as 64 hex digits, read in pieces.

        Raises ObjectGoneError if it is not there.
        """

    def delete(self, keys: Sequence[str]) -> None:
        """Remove these objects; one that is gone already is no error."""


def at_once(ask: Callable[[Asked], Answer], each: Iterable[Asked]) -> Iterator[Answer]:
    """What ``ask`` answers to each, in this order; S3 is asked several at a time."""
    with ThreadPoolExecutor(ASKED_AT_ONCE) as pool:
        yield from pool.map(ask, each)


def address_of(storage: Storage, key: str) -> str:
    """The full address of a key."""
    return f"{storage.root}/{key}"
