"""Whether the files of a checkpoint are what was written: by size, by content where it matters.

Sizes are asked at every look, for a listing tells them. Content is compared where it is read
anyway, and for the few small products of the whole collection. The parts that Spark wrote have a
checksum on every page, which Spark checks as it reads; only where it fails are they read whole.
"""

from __future__ import annotations

import hashlib
import io
import json
import time
from collections.abc import Collection, Mapping

from verger.errors import ObjectGoneError, VergerError
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


# Before each look at a listing. AWS's own S3 lists at once what was written, others do so later.
PAUSES = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)


def committed(storage: Storage, folder: str) -> set[str]:
    """Keys of the files that Spark says to have written into a table's folder: S3A's committers
    name the first hundred in `_SUCCESS`, others leave that empty.
    """
    try:
        content = storage.read(f"{folder}/_SUCCESS")
        names = json.loads(content)["filenames"] if content else ()
    except (
        ObjectGoneError,
        ValueError,
        KeyError,
        TypeError,
    ):  # written by a committer of another kind
        return set()
    return {f"{folder}/{name.rsplit('/', 1)[-1]}" for name in names}


def written(storage: Storage, folder: str, known: Collection[str]) -> dict[str, int]:
    """Key and size in bytes of the products in an attempt's folder.

    It is listed again where it lacks one that is known to be there: rows would be lost without a
    word. Raises VergerError if that stays so.
    """
    missing: list[str] = []
    for pause in PAUSES:
        time.sleep(pause)
        sizes = storage.sizes(folder)
        there = {key: sizes[key] for key in sorted(sizes) if belongs(key, f"{folder}/")}
        missing = [key for key in known if key not in there]
        if not missing:
            return there
    raise VergerError(
        f"{address_of(storage, missing[0])} was written and is not listed {sum(PAUSES):g} s later: "
        "run anew"
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
        found = there[key] if key in there else _asked(storage, key)
        if found != size:
            return f"{key} should have {size} bytes, has {'gone' if found is None else found}"
    return None


def _asked(storage: Storage, key: str) -> int | None:
    """The size of one file, whatever a listing says; None where it is not there."""
    try:
        with storage.open(key) as file:
            return file.seek(0, io.SEEK_END)
    except ObjectGoneError:
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
