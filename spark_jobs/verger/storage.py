"""Objects under one root: a local folder or an S3 prefix, with the same few verbs.

Only small files and photographs go through here; tables are read and written by Spark.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from verger import s3
from verger.errors import ObjectGoneError, VergerError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef


# A collection comes to have hundreds of segments, each with objects of its own in the lake.
ASKED_AT_ONCE = 16
Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object's key relative to the root, its size in bytes and the ETag of its content.

    ``modified`` is when it was stored; two objects of the same content are equal all the same.
    """

    key: str
    size: int
    etag: str
    modified: datetime | None = field(default=None, compare=False)


class Storage(Protocol):
    """The verbs that folders and buckets share. Keys are relative to the root, with slashes."""

    @property
    def root(self) -> str:
        """Address of the root, without a trailing slash; Spark understands it too."""

    def list(self, prefix: str = "", *, etags: bool = True) -> Iterator[StoredObject]:
        """All objects whose key starts with prefix + "/" (all if empty), in any order.

        Without ETags it may be cheaper.
        """

    def sizes(self, prefix: str) -> dict[str, int]:
        """Key and size in bytes of all objects below prefix; cheaper than `list`."""

    def read(self, key: str, etag: str | None = None) -> bytes:
        """The object's content. Raises ObjectGoneError if it is not there (with that ETag)."""

    def write(self, key: str, content: bytes) -> None:
        """Store the content: whoever reads sees all of it or nothing."""

    def delete(self, keys: Sequence[str]) -> None:
        """Remove these objects; one that is gone already is no error."""


def at_once(ask: Callable[[Asked], Answer], each: Iterable[Asked]) -> Iterator[Answer]:
    """What ``ask`` answers to each, in this order; S3 is asked several at a time."""
    with ThreadPoolExecutor(ASKED_AT_ONCE) as pool:
        yield from pool.map(ask, each)


def open_storage(address: str, client: S3Client | None = None) -> Storage:
    """The storage behind ``s3://bucket/prefix`` (``s3a://`` too) or a local folder.

    Without a client the environment says where S3 is and who we are.
    """
    scheme, separator, rest = address.partition("://")
    if not separator:
        return Folder(str(Path(address).expanduser().absolute()))
    if scheme not in ("s3", "s3a"):
        raise VergerError(f"{address}: use a local folder or an s3:// address")
    bucket, _, prefix = rest.partition("/")
    if not bucket:
        raise VergerError(f"{address}: the bucket is missing, as in s3://bucket/prefix")
    return Bucket(scheme, bucket, prefix.strip("/"), client)


def address_of(storage: Storage, key: str) -> str:
    """The full address of a key."""
    return f"{storage.root}/{key}"


@dataclass(frozen=True)
class Folder:
    """A local folder. The ETag of a file is its MD5, as S3 has it for a plain PUT."""

    root: str

    def list(self, prefix: str = "", *, etags: bool = True) -> Iterator[StoredObject]:
        """All files below prefix; links to folders are followed, each folder once."""
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

    def write(self, key: str, content: bytes) -> None:
        """Write beside the file, then rename: nobody sees half of it."""
        path = Path(self.root) / key
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
        draft.write_bytes(content)
        draft.replace(path)

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


@dataclass(frozen=True)
class Bucket:
    """A prefix of an S3 bucket. Endpoint and credentials come from the environment, as on EMR."""

    scheme: str
    bucket: str
    prefix: str
    client: S3Client | None = field(default=None, compare=False, repr=False)

    @property
    def root(self) -> str:
        """``s3://bucket/prefix``."""
        return f"{self.scheme}://{self.bucket}/{self.prefix}".rstrip("/")

    def list(
        self,
        prefix: str = "",
        *,
        etags: bool = True,  # noqa: ARG002  they come anyway
    ) -> Iterator[StoredObject]:
        """All objects below prefix, in S3's order; folder markers are left out."""
        below = self._key(prefix)
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=f"{below}/" if below else ""
        )
        skip = len(self.prefix) + 1 if self.prefix else 0
        for page in pages:
            for item in page.get("Contents", ()):
                if not item["Key"].endswith("/"):
                    yield StoredObject(
                        item["Key"][skip:],
                        item["Size"],
                        item["ETag"].strip('"'),
                        item["LastModified"],
                    )

    def sizes(self, prefix: str) -> dict[str, int]:
        """Key and size of all objects below prefix."""
        return {item.key: item.size for item in self.list(prefix)}

    def read(self, key: str, etag: str | None = None) -> bytes:
        """The object's content, in one GET."""
        return s3.get(self.bucket, self._key(key), etag, self.client)

    def write(self, key: str, content: bytes) -> None:
        """One PUT: atomic by S3's own rules."""
        self._s3.put_object(Bucket=self.bucket, Key=self._key(key), Body=content)

    def delete(self, keys: Sequence[str]) -> None:
        """Remove them, a thousand with each call: as many as S3 takes."""
        for start in range(0, len(keys), 1000):
            some: list[ObjectIdentifierTypeDef] = [
                {"Key": self._key(key)} for key in keys[start : start + 1000]
            ]
            answer = self._s3.delete_objects(
                Bucket=self.bucket, Delete={"Objects": some, "Quiet": True}
            )
            if refused := answer.get("Errors"):
                raise OSError(f"{len(refused)} objects could not be deleted, as {refused[0]}")

    @property
    def _s3(self) -> S3Client:
        return self.client or s3.client()

    def _key(self, key: str) -> str:
        return "/".join(part for part in (self.prefix, key) if part)


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
