"""A folder of a bucket made equal to a folder of photographs, file by file.

Done on the files beneath the S3 server, while it is down. Names are kept as they are: two that
differ by the composition of their accents (NFC, NFD) are two photographs. What cannot come along
is told by name, with the reason.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
from collections.abc import Iterable, Iterator, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote_from_bytes

from local_cloud.errors import LocalCloudError

PIECE = 1 << 20
THREADS = 8
_UNFIT = re.compile("[\x00-\x1f\x7f\u201b\udc80-\udcff]")
# Names that the lake's file system does not take, as a colon on FAT.
_NAME_TROUBLE = (errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL)


class LeftError(Exception):
    """A file that cannot be carried; the message is the reason."""


@dataclass
class Survey:
    """The files below a folder: by their key, and those left behind, each with its reason."""

    folder: Path
    files: dict[str, Path] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)

    @property
    def renamed(self) -> list[str]:
        """Keys that are not the file's own name, because no key can be that."""
        own = {key: path.relative_to(self.folder).as_posix() for key, path in self.files.items()}
        return [key for key, name in own.items() if key != name]


def survey(folder: Path) -> Survey:
    """Every file below a folder; links are followed, but never round in a circle."""
    found = Survey(folder)
    _look(folder, "", frozenset(), found)
    return found


def mirror(found: Survey, target: Path) -> Survey:
    """Make `target` equal to the folder: new and changed files are copied, others removed. Contents
    are compared, for a file may change and keep its size and its time.

    Returns what is there now. Raises LocalCloudError if a file got lost, OSError if the disk fails.
    """
    one, other = found.folder.resolve(), target.resolve()
    if one == other:
        return found
    if one.is_relative_to(other) or other.is_relative_to(one):
        raise LocalCloudError(
            f"{one} and {other} lie in one another, photographs and their copies: "
            "put the lake elsewhere with LAKE=FOLDER"
        )
    target.mkdir(parents=True, exist_ok=True)
    _remove_all_but(found.files.keys(), target)
    with ThreadPoolExecutor(THREADS) as pool:
        reasons = pool.map(lambda key: _carry(found.files[key], target / key), found.files)
        left = {key: why for key, why in zip(found.files, reasons, strict=True) if why}
    files = {key: path for key, path in found.files.items() if key not in left}
    _require_all(files, target)
    return Survey(found.folder, files, {**found.left, **left})


def _look(folder: Path, prefix: str, above: frozenset[tuple[int, int]], found: Survey) -> None:
    try:
        here = folder.stat()
        names = sorted(os.listdir(folder))  # noqa: PTH208  Path.iterdir resolves no surrogates
    except OSError as error:
        found.left[prefix or str(folder)] = f"cannot be read: {error.strerror}"
        return
    if (here.st_dev, here.st_ino) in above:
        found.left[prefix] = "a link to a folder that it lies in"
        return
    for name in names:
        path, key = folder / name, prefix + key_part(name)
        if os.path.isdir(path):  # noqa: PTH112  Path.is_dir raises where it may not look
            _look(path, f"{key}/", above | {(here.st_dev, here.st_ino)}, found)
        elif not os.path.isfile(path):  # noqa: PTH113
            found.left[key] = "no file, or one that nobody may look at"
        elif key in found.files:
            found.left[key] = "another file has this name as a key already"
        else:
            found.files[key] = path


def key_part(name: str) -> str:
    """A file's name as part of a key. What a key cannot hold becomes %XX, as in an address: bytes
    that are no UTF-8, characters that control, and the one that rclone itself quotes with.
    """
    return _UNFIT.sub(lambda found: quote_from_bytes(os.fsencode(found[0])), name)


def _carry(source: Path, target: Path) -> str | None:
    """Bring one file; returns the reason if it cannot be brought."""
    draft = target.parent / f".draft-{secrets.token_hex(8)}"
    try:
        if _same(source, target):
            return None
        target.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as out:
            for piece in _pieces(source):
                out.write(piece)
        changed = _looked_at(source).st_mtime_ns
        os.utime(draft, ns=(changed, changed))
        draft.replace(target)
    except LeftError as reason:
        return str(reason)
    except OSError as error:
        if error.errno in _NAME_TROUBLE:
            return f"the lake's disk does not take its name: {error.strerror}"
        raise
    finally:
        draft.unlink(missing_ok=True)
    return None


def _same(source: Path, target: Path) -> bool:
    if not target.exists() or _looked_at(source).st_size != target.stat().st_size:
        return False
    pairs = zip(_pieces(source), _pieces(target), strict=False)
    return all(one == other for one, other in pairs)


def _looked_at(source: Path) -> os.stat_result:
    try:
        return source.stat()
    except OSError as error:
        raise LeftError(f"cannot be read: {error.strerror}") from error


def _pieces(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece
    except OSError as error:
        raise LeftError(f"cannot be read: {error.strerror}") from error


def _remove_all_but(keys: Set[str], target: Path) -> None:
    for folder, folders, names in os.walk(target, topdown=False):
        for name in names:
            path = Path(folder, name)
            if path.is_symlink() or path.relative_to(target).as_posix() not in keys:
                path.unlink()
        for name in folders:
            path = Path(folder, name)
            if path.is_symlink():
                path.unlink()
            elif not any(path.iterdir()):
                path.rmdir()


def _require_all(keys: Iterable[str], target: Path) -> None:
    """A disk may take two names for one, as macOS's does with A.jpg and a.jpg."""
    there = {
        Path(folder, name).relative_to(target).as_posix()
        for folder, _, names in os.walk(target)
        for name in names
    }
    if lost := [key for key in keys if key not in there]:
        raise LocalCloudError(
            f"{len(lost)} files got lost on their way to {target}, for instance {lost[0]!r}: its "
            "disk takes two names for one; rename them, or put the lake elsewhere with LAKE=FOLDER"
        )
