"""Objects in a local folder: a laptop's photographs, a laptop's lake."""

from __future__ import annotations

import fcntl
import hashlib
import os
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from verger.errors import ConflictError, NoPhotographsError, ObjectGoneError
from verger.objects.storage import StoredObject, Versioned


@dataclass(frozen=True)
class Folder:
    """A local folder. The ETag of a file is its MD5, as S3 has it for a plain PUT."""

    root: str

    def list(self, prefix: str = "", *, etags: bool = True) -> Iterator[StoredObject]:
        """All files below prefix; links to folders are followed, each folder once.

        Raises NoPhotographsError if all are asked for and the folder itself is not there: that is
        a mistake, and no folder that lost all its files.
        """
        if not prefix and not Path(self.root).is_dir():
            raise NoPhotographsError(f"no photographs below {self.root}: there is no such folder")
        # One after the other: small files are read faster than threads hand them over.
        yield from map(self._describe if etags else self._glance_at, self._keys(prefix))

    def sizes(self, prefix: str) -> dict[str, int]:
        """Key and size of all files below prefix."""
        return {key: Path(self.root, key).stat().st_size for key in self._keys(prefix)}

    def read(self, key: str, etag: str | None = None) -> bytes:
        """The file's content."""
        try:
            content = (Path(self.root) / key).read_bytes()
        except FileNotFoundError as error:
            raise ObjectGoneError(key) from error
        if etag is not None and _md5(content) != etag:
            raise ObjectGoneError(key)
        return content

    def read_version(self, key: str) -> Versioned | None:
        """The file's content, with its MD5 as the version."""
        try:
            content = self.read(key)
        except ObjectGoneError:
            return None
        return Versioned(content, _md5(content))

    def write(self, key: str, content: bytes) -> None:
        """Write beside the file, then rename: nobody sees half of it."""
        path = Path(self.root) / key
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
        draft.write_bytes(content)
        draft.replace(path)

    def replace(self, key: str, content: bytes, version: str | None) -> None:
        """Compare and write while no other process does the same in that folder."""
        folder = (Path(self.root) / key).parent
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder):
            there = self.read_version(key)
            if (there.version if there else None) != version:
                raise ConflictError(key)
            self.write(key, content)

    def delete(self, keys: Sequence[str]) -> None:
        """Remove the files, and the folders that are empty then."""
        for key in keys:
            path = Path(self.root) / key
            path.unlink(missing_ok=True)
            for folder in path.relative_to(self.root).parents[:-1]:
                try:
                    (Path(self.root) / folder).rmdir()
                except OSError:
                    break  # something else lies in it

    def _describe(self, key: str) -> StoredObject:
        with Path(self.root, key).open("rb") as file:
            content = file.read()
            stored = datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)
        return StoredObject(key, len(content), _md5(content), stored)

    def _glance_at(self, key: str) -> StoredObject:
        stat = Path(self.root, key).stat()
        return StoredObject(key, stat.st_size, "", datetime.fromtimestamp(stat.st_mtime, UTC))

    def _keys(self, prefix: str) -> Iterator[str]:
        seen: set[str] = set()
        for folder, subfolders, files in os.walk(Path(self.root) / prefix, followlinks=True):
            real = os.path.realpath(folder)
            if real in seen:
                subfolders.clear()
                continue
            seen.add(real)
            below = Path(folder).relative_to(self.root).as_posix()
            for name in files:
                yield name if below == "." else f"{below}/{name}"


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; the system takes it back from a process that dies."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
