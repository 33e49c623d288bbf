"""Objects below a prefix of an S3 bucket."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from verger.errors import ConflictError, ObjectGoneError
from verger.objects import s3
from verger.objects.bodies import received
from verger.objects.ranges import open_object
from verger.objects.storage import KeyTest, StoredObject, Versioned, any_key

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef


_PIECE = 1 << 20  # bytes
# What S3 answers where the object is another one, is gone, or is just being written.
_CONFLICTS = {"PreconditionFailed", "NoSuchKey", "ConditionalRequestConflict"}


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
        of: KeyTest = any_key,  # noqa: ARG002
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

    def open(self, key: str) -> BinaryIO:
        """The object, in ranges."""
        return open_object(self._s3, self.bucket, self._key(key))

    def write(self, key: str, content: bytes) -> None:
        """One PUT: atomic by S3's own rules."""
        self._s3.put_object(Bucket=self.bucket, Key=self._key(key), Body=content)

    def read_version(self, key: str) -> Versioned | None:
        """The object's content and ETag."""
        try:
            etag, content = s3.get_by_boto3(self._s3, self.bucket, self._key(key))
        except ObjectGoneError:
            return None
        return Versioned(content, etag)

    def replace(self, key: str, content: bytes, version: str | None) -> None:
        """One PUT with If-Match, or with If-None-Match where nothing may be there."""
        put = functools.partial(
            self._s3.put_object, Bucket=self.bucket, Key=self._key(key), Body=content
        )
        try:
            put(IfMatch=version) if version else put(IfNoneMatch="*")
        except self._s3.exceptions.ClientError as error:
            if error.response["Error"]["Code"] not in _CONFLICTS:
                raise
            raise ConflictError(key) from error

    def checksum(self, key: str) -> str:
        """Of the object's content, in one GET."""
        try:
            return received(
                lambda: self._s3.get_object(Bucket=self.bucket, Key=self._key(key)),
                lambda answer: _sha256(answer["Body"].iter_chunks(_PIECE)),
            )
        except self._s3.exceptions.NoSuchKey as error:
            raise ObjectGoneError(key) from error

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


def _sha256(pieces: Iterable[bytes]) -> str:
    checksum = hashlib.sha256()
    for piece in pieces:
        checksum.update(piece)
    return checksum.hexdigest()
