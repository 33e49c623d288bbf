"""What lies in a local folder: its files, and entries that are not to be opened, each with why."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

NOT_UTF8 = "a name that is not UTF-8"
DANGLING = "a link to nothing"
NO_FILE = "no file (a pipe, a socket or a device)"
FORBIDDEN_FOLDER = "a folder that may not be read"


@dataclass(frozen=True, slots=True)
class Entry:
    """A key below the folder walked through; ``problem`` is empty for files.

    The key of a folder that may not be read ends in a slash.
    """

    key: str
    problem: str = ""


def walk(folder: str, below: str = "") -> Iterator[Entry]:
    """Everything in a folder and its subfolders. Links are followed, but for those that lead back
    to a folder they lie in. What is not there has nothing in it.
    """
    return _walk(folder, below, frozenset())


def _walk(folder: str, below: str, above: frozenset[tuple[int, int]]) -> Iterator[Entry]:
    try:
        stat = os.stat(folder)  # noqa: PTH116  a million times: without a Path
        here = (stat.st_dev, stat.st_ino)
        if here in above:
            return
        with os.scandir(folder) as found:
            entries = list(found)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError:
        yield Entry(f"{_as_utf8(below)}/", FORBIDDEN_FOLDER)
        return
    for entry in entries:
        key = f"{below}/{entry.name}" if below else entry.name
        if entry.is_dir():
            yield from _walk(entry.path, key, above | {here})
        else:
            yield _entry(entry, key)


def _entry(entry: os.DirEntry[str], key: str) -> Entry:
    if (known := _as_utf8(key)) != key:
        return Entry(known, NOT_UTF8)
    if entry.is_file():
        return Entry(key)
    return Entry(key, DANGLING if entry.is_symlink() else NO_FILE)


def _as_utf8(key: str) -> str:
    """The key with � for what is no UTF-8 in it."""
    return os.fsencode(key).decode("utf-8", "replace")
