"""The clients of S3: boto3 for everything, and one in Rust for what is read by the million.

A GET costs boto3 about 3 ms of processor, with the interpreter held; object_store a tenth of that,
without it. `make bench BENCH=s3_reads` measures both.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from verger.errors import ObjectGoneError, ObjectUnreadableError, VergerError
from verger.objects.bodies import received

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from obstore.store import S3Store

# One client serves all fetching threads of a process.
S3_CONNECTIONS = 32
# What is tried again, and when silence counts as no answer: S3's first byte takes fractions of a
# second, so that waiting for boto3's 60 s only makes a broken connection's end later.
CONNECT_SECONDS = 5
SILENT_SECONDS = 20
ATTEMPTS = 10
# boto3 renews credentials ten minutes before they expire, at the latest.
_CREDENTIALS_KEPT = timedelta(minutes=5)

NO_KEYS = (
    "no credentials for S3: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile, "
    "or run where a role provides them"
)
# Without a region boto3 asks S3's global address: slow from afar, and out of reach in a private
# network, which leads to its own region alone.
GLOBAL_ENDPOINT = "https://s3.amazonaws.com"
NO_REGION = (
    "no region for S3: set AWS_DEFAULT_REGION, as in AWS_DEFAULT_REGION=eu-west-3, or a profile "
    "that has one"
)

P = ParamSpec("P")
T = TypeVar("T")


def _one_at_a_time(function: Callable[P, T]) -> Callable[P, T]:
    """Let threads wait for the one that is in it already.

    A cache alone makes the same client for every thread that comes before the first is made: for
    32 of them that was ten times the processor that 1,000 GETs take.
    """
    busy = threading.RLock()

    @functools.wraps(function)
    def alone(*args: P.args, **kwargs: P.kwargs) -> T:
        with busy:
            return function(*args, **kwargs)

    return alone


@_one_at_a_time
@functools.cache
def client() -> S3Client:
    """The boto3 client that the environment stands for: endpoint, region, who we are.

    Raises VergerError where AWS's own S3 is meant and nobody says in which region.
    """
    import boto3
    import botocore.session
    from botocore.config import Config

    core = botocore.session.get_session()
    core.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=_read_time)
    session = boto3.Session(botocore_session=core)
    made = session.client(
        "s3",
        config=Config(
            max_pool_connections=S3_CONNECTIONS,
            connect_timeout=CONNECT_SECONDS,
            read_timeout=SILENT_SECONDS,
            retries={"mode": "standard", "max_attempts": ATTEMPTS},
        ),
    )
    if session.region_name is None and made.meta.endpoint_url == GLOBAL_ENDPOINT:
        raise VergerError(NO_REGION)
    made.meta.events.register("before-parameter-build.s3", _remember_address)
    made.meta.events.register("after-call.s3", _tell_address)
    return made


def _remember_address(params: Mapping[str, Any], context: dict[str, Any], **_: object) -> None:
    context["address"] = f"s3://{params.get('Bucket', '')}/{params.get('Key', '')}"


def _tell_address(parsed: Mapping[str, Any], context: Mapping[str, Any], **_: object) -> None:
    """An error of S3 does not say by itself what it is about."""
    if "Error" in parsed:
        parsed["Error"]["Address"] = context.get("address", "")


def _read_time(text: str) -> datetime:
    """A time as S3 tells it. Botocore's own way, which knows more notations, takes longer for the
    time of a listed object than everything else in a listing together.
    """
    from botocore.utils import parse_timestamp

    try:
        return datetime.fromisoformat(text)
    except ValueError:  # as in a header: Wed, 25 Nov 2026 08:13:14 GMT
        return parse_timestamp(text)


def get(bucket: str, key: str, etag: str | None, by: S3Client | None = None) -> bytes:
    """An object in one GET, by boto3 where a client is given.

    Raises ObjectGoneError if it is not there, or there with another ETag.
    """
    if by is None and not _is_path(key):
        by = client()
    found, content = get_by_boto3(by, bucket, key) if by else _by_object_store(bucket, key)
    # Compared here, because not every server that speaks S3 heeds If-Match.
    if etag is not None and found.strip('"') != etag:
        raise ObjectGoneError(key)
    return content


def get_by_boto3(by: S3Client, bucket: str, key: str) -> tuple[str, bytes]:
    """ETag and content of an object. Raises ObjectGoneError if it is not there."""
    try:
        return received(
            lambda: by.get_object(Bucket=bucket, Key=key),
            lambda answer: (answer["ETag"], answer["Body"].read()),
        )
    except by.exceptions.NoSuchKey as error:
        raise ObjectGoneError(key) from error
    except by.exceptions.ClientError as error:
        if why := _UNREADABLE.get(error.response["Error"]["Code"]):
            raise ObjectUnreadableError(f"{key} {why}") from error
        raise


# Codes of S3 that say something of one object, which other objects do not share.
_UNREADABLE = {
    "InvalidObjectState": (
        "is archived in S3 Glacier: restore it and copy it to another key, or leave it out"
    ),
    "InvalidRequest": "cannot be read as it is stored (encrypted with a key of a customer's?)",
}


def _by_object_store(bucket: str, key: str) -> tuple[str, bytes]:
    import obstore

    try:
        answer = obstore.get(store(bucket), key)
    except FileNotFoundError as error:
        if "<Code>NoSuchBucket<" in str(error):  # that is a mistake, not an object that has gone
            raise
        raise ObjectGoneError(key) from error
    except obstore.exceptions.BaseError as error:
        for code, why in _UNREADABLE.items():
            if f"<Code>{code}<" in str(error):
                raise ObjectUnreadableError(f"{key} {why}") from error
        raise
    return answer.meta["e_tag"] or "", bytes(answer.bytes())


def _is_path(key: str) -> bool:
    """Whether object_store takes such a key: S3 knows empty parts, dots and tabs, it does not."""
    return key.isprintable() and not {"", ".", ".."} & set(key.split("/"))


@_one_at_a_time
@functools.cache
def store(bucket: str) -> S3Store:
    """A bucket for the client in Rust, with boto3's endpoint and credentials, in the region that S3
    itself names: boto3 follows a bucket to another one by itself, this client does not.
    """
    import boto3
    from obstore.auth.boto3 import Boto3CredentialProvider
    from obstore.store import S3Store

    session = boto3.Session()
    if session.get_credentials() is None:
        raise VergerError(NO_KEYS)
    asked = client().meta
    region = _region_of(bucket) or asked.region_name
    endpoint = asked.endpoint_url
    if region != asked.region_name:
        # us-east-1 has the global endpoint, whose name says no region.
        endpoint = endpoint.replace("s3.amazonaws", f"s3.{region}.amazonaws")
        endpoint = endpoint.replace(asked.region_name, region)
    return S3Store(
        bucket,
        endpoint=endpoint,
        region=region,
        credential_provider=Boto3CredentialProvider(session, ttl=_CREDENTIALS_KEPT),
        client_options={"allow_http": endpoint.startswith("http://")},
    )


def _region_of(bucket: str) -> str | None:
    """Where a bucket is, as S3 says even to those whom it refuses; None where it does not say."""
    from botocore.exceptions import ClientError

    try:
        return client().head_bucket(Bucket=bucket).get("BucketRegion")
    except ClientError as refused:  # the first GET says what is wrong, in better words
        return refused.response["ResponseMetadata"]["HTTPHeaders"].get("x-amz-bucket-region")
