"""An object of S3 as a file of which only those parts travel that are read."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from verger.errors import ObjectGoneError
from verger.objects.bodies import received

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef

AT_ONCE = 1 << 20  # bytes


def open_object(client: S3Client, bucket: str, key: str) -> io.BufferedReader:
    """The object as a file. Raises ObjectGoneError if it is not there."""
    try:
        size = client.head_object(Bucket=bucket, Key=key)["ContentLength"]
    except client.exceptions.ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
            raise ObjectGoneError(key) from error
        raise
    return io.BufferedReader(_Ranges(client, bucket, key, size), AT_ONCE)


class _Ranges(io.RawIOBase):
    def __init__(self, client: S3Client, bucket: str, key: str, size: int) -> None:
        self._client, self._bucket, self._key, self._size = client, bucket, key, size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = start + offset
        return self._at

    def readall(self) -> bytes:
        """All that is left, in one range: Python's own way takes it in pieces of 8 kB."""
        rest = bytearray(max(self._size - self._at, 0))
        return bytes(rest[: self.readinto(rest)])

    def readinto(self, buffer: Any) -> int:
        into = memoryview(buffer).cast("B")
        end = min(self._at + len(into), self._size)
        if end <= self._at:
            return 0
        asked = f"bytes={self._at}-{end - 1}"
        found = received(
            lambda: self._client.get_object(Bucket=self._bucket, Key=self._key, Range=asked),
            lambda answer: self._part(answer, end),
        )
        into[: len(found)] = found
        self._at += len(found)
        return len(found)

    def _part(self, answer: GetObjectOutputTypeDef, end: int) -> bytes:
        from botocore.exceptions import IncompleteReadError

        if "ContentRange" not in answer:  # some servers tell the whole where a part is asked for
            return answer["Body"].read()[self._at : end]
        # To its last byte and no further: at the end boto3 compares the checksum that came with it,
        # and some servers send that of the whole object. So its length is compared here.
        wanted = end - self._at
        found = answer["Body"].read(wanted)
        if len(found) < wanted:
            raise IncompleteReadError(actual_bytes=len(found), expected_bytes=wanted)
        return found
