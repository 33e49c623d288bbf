"""From an address, as people write it, to the storage behind it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from verger.errors import VergerError
from verger.objects.bucket import Bucket
from verger.objects.folder import Folder
from verger.objects.storage import Storage

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


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
