"""Whether the files of a checkpoint are what was written: by size, by content where it matters.

Sizes are asked at every look, for a listing tells them. Content is compared where it is read
anyway, and for the few small products of the whole collection. The parts that Spark wrote have a
checksum on every page, which Spark checks as it reads; only where it fails are they read whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping

from verger.errors import ObjectGoneError
from verger.objects.storage import Storage, address_of, at_once


def sha256(content: bytes) -> str:
    """64 hex digits."""
    return hashlib.sha256(content).hexdigest()


def belongs(key: str, folder: str) -> bool:
    """Whether a file in an attempt's folder is its product, and none of the marks and unfinished
    files that Hadoop's committers leave (`_SUCCESS`, `_temporary`, `__magic_job-1`, `.crc`).
    """
    return not any(
        part.startswith(("_", ".")) for part in key.removeprefix(folder).split("/") if part
    )


def checksums(storage: Storage, keys: Collection[str]) -> dict[str, str]:
    """The SHA-256 of each of these files, several read at a time and none of them whole."""
    return dict(zip(keys, at_once(storage.checksum, keys), strict=True))


def wrong_size(storage: Storage, folders: Collection[str], files: Mapping[str, int]) -> str | None:
    """What is wrong with the first file that is not of its size, in words, or None."""
    there: dict[str, int] = {}
    for folder in folders:
        there |= storage.sizes(folder)
    for key, size in files.items():
        if there.get(key) != size:
            return f"{key} should have {size} bytes, has {there.get(key, 'gone')}"
    return None


def wrong_content(storage: Storage, wanted: Mapping[str, str]) -> str | None:
    """What is wrong with the first file of another content, in words, or None."""

    def found(key: str) -> str | None:
        try:
            return storage.checksum(key)
        except ObjectGoneError:
            return None

    for key, checksum in zip(wanted, at_once(found, wanted), strict=True):
        if checksum != wanted[key]:
            how = "has another content than was written" if checksum else "is gone"
            return f"{address_of(storage, key)} {how}"
    return None


def discarded(damage: str) -> str:
    """What a person is told about a checkpoint that was discarded."""
    return (
        f"{damage}: its checkpoint is discarded. Run anew, and it is made again "
        "(clear the task plan with what follows, trigger the DAG, or repeat `verger pipeline`)"
    )
