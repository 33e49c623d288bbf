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
from typing import Any, BinaryIO

from verger.errors import ConflictError, NoPhotographsError, ObjectGoneError, ObjectUnreadableError
from verger.objects.storage import KeyTest, StoredObject, Versioned, any_key
from verger.objects.walk import Entry, walk

# Larger files are hashed in pieces.
READ_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class Folder:
    """A local folder. The ETag of a file is its MD5, as S3 has it for a plain PUT."""

    root: str

    def list(
        self, prefix: str = "", *, etags: bool = True, of: KeyTest = any_key
    ) -> Iterator[StoredObject]:
        """All files below prefix, and with their problem all entries that are no readable files.

        Links to folders are followed. Only files whose ETag is asked for are opened.

        Raises NoPhotographsError if all are asked for and the folder itself is not there: that is
        a mistake, and no folder that lost all its files.
        """
        if not prefix and not Path(self.root).is_dir():
            raise NoPhotographsError(f"no photographs below {self.root}: there is no such folder")
        # One after the other: small files are read faster than threads hand them over.
        for entry in self._walk(prefix):
            try:
                if entry.problem:
                    yield StoredObject(entry.key, 0, "", problem=entry.problem)
                elif etags and of(entry.key):
                    yield self._describe(entry.key)
                else:
                    yield self._glance_at(entry.key)
            except FileNotFoundError:
                continue  # it has gone meanwhile
            except OSError as error:
                yield StoredObject(entry.key, 0, "", problem=f"cannot be read: {error.strerror}")

    def sizes(self, prefix: str) -> dict[str, int]:
        """Key and size of all files below prefix."""
        files = (entry.key for entry in self._walk(prefix) if not entry.problem)
        return {key: Path(self.root, key).stat().st_size for key in files}

    def read(self, key: str, etag: str | None = None) -> bytes:
        """The file's content."""
        try:
            content = (Path(self.root) / key).read_bytes()
        except FileNotFoundError as error:
            raise ObjectGoneError(key) from error
        except OSError as error:
            raise ObjectUnreadableError(f"{key} cannot be read: {error.strerror}") from error
        if etag is not None and _md5(content) != etag:
            raise ObjectGoneError(key)
        return content

    def open(self, key: str) -> BinaryIO:
        """The file, open for reading."""
        try:
            return (Path(self.root) / key).open("rb")
        except FileNotFoundError as error:
            raise ObjectGoneError(key) from error

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

    def checksum(self, key: str) -> str:
        """Of the file's content."""
        try:
            with Path(self.root, key).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError as error:
            raise ObjectGoneError(key) from error

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
            stat = os.fstat(file.fileno())
            if stat.st_size <= READ_AT_ONCE:
                etag = _md5(file.read())
            else:
                etag = hashlib.file_digest(file, _new_md5).hexdigest()
        return StoredObject(key, stat.st_size, etag, datetime.fromtimestamp(stat.st_mtime, UTC))

    def _glance_at(self, key: str) -> StoredObject:
        stat = Path(self.root, key).stat()
        return StoredObject(key, stat.st_size, "", datetime.fromtimestamp(stat.st_mtime, UTC))

    def _walk(self, prefix: str) -> Iterator[Entry]:
        return walk(str(Path(self.root) / prefix), prefix)


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


def _new_md5() -> Any:
    return hashlib.md5(usedforsecurity=False)
