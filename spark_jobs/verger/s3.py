"""The clients of S3: boto3 for everything, and one in Rust for what is read by the million.

A GET costs boto3 about 3 ms of processor, with the interpreter held; object_store a tenth of that,
without it. `make bench BENCH=s3_reads` measures both.
"""

from __future__ import annotations

import functools
from datetime import timedelta
from typing import TYPE_CHECKING

from verger.errors import ObjectGoneError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from obstore.store import S3Store

# One client serves all fetching threads of a process.
S3_CONNECTIONS = 32
# boto3 renews credentials ten minutes before they expire, at the latest.
_CREDENTIALS_KEPT = timedelta(minutes=5)


@functools.cache
def client() -> S3Client:
    """The boto3 client that the environment stands for: endpoint, region, who we are."""
    import boto3
    from botocore.config import Config

    return boto3.client(
        "s3",
        config=Config(
            max_pool_connections=S3_CONNECTIONS,
            retries={"mode": "adaptive", "max_attempts": 8},
        ),
    )


def get(bucket: str, key: str, etag: str | None) -> bytes:
    """An object in one GET. Raises ObjectGoneError if it is not there (with that ETag)."""
    import obstore
    from obstore.exceptions import PreconditionError

    try:
        answer = obstore.get(
            store(bucket), key, options={} if etag is None else {"if_match": f'"{etag}"'}
        )
    except (FileNotFoundError, PreconditionError) as error:
        raise ObjectGoneError(key) from error
    # Not every server that speaks S3 heeds the condition.
    if etag is not None and (answer.meta["e_tag"] or "").strip('"') != etag:
        raise ObjectGoneError(key)
    return bytes(answer.bytes())


def can_get(key: str) -> bool:
    """Whether `get` takes such a key: S3 knows empty parts and dots, object_store does not."""
    return not {"", ".", ".."} & set(key.split("/"))


@functools.cache
def store(bucket: str) -> S3Store:
    """A bucket for the client in Rust, with boto3's endpoint, region and credentials."""
    import boto3
    from obstore.auth.boto3 import Boto3CredentialProvider
    from obstore.store import S3Store

    endpoint = client().meta.endpoint_url
    return S3Store(
        bucket,
        endpoint=endpoint,
        region=client().meta.region_name,
        credential_provider=Boto3CredentialProvider(boto3.Session(), ttl=_CREDENTIALS_KEPT),
        client_options={"allow_http": endpoint.startswith("http://")},
    )
