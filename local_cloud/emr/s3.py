"""The local S3 server, as named by AWS_ENDPOINT_URL_S3 and the keys in the environment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local_cloud.emr.command import UnusableStepError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

S3_ERRORS = (Boto3Error, BotoCoreError, ClientError)


def s3_client() -> S3Client:
    """A client that gives up within seconds: the server is on this machine or it is down."""
    return boto3.client(
        "s3",
        config=Config(
            s3={"addressing_style": "path"},  # no bucket.localhost in local name services
            connect_timeout=3,
            read_timeout=30,
            retries={"total_max_attempts": 2},
            # The local S3 sends the whole object's checksum with a part of it, too.
            response_checksum_validation="when_required",
        ),
    )


def split_uri(uri: str) -> tuple[str, str]:
    """Bucket and key (or prefix) of an S3 URI with any of the schemes s3, s3a, s3n."""
    bucket, _, key = uri.partition("://")[2].partition("/")
    return bucket, key


class Downloads:
    """Files that a step needs beside it, as EMR's nodes fetch them before a step starts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    def fetch(self, uri: str) -> Path:
        """Download `uri`, keeping its file name; raises UnusableStepError if that fails."""
        bucket, key = split_uri(uri)
        # A folder per file: two inputs of the same name must not overwrite each other.
        target = self._folder / str(self._count) / Path(key).name
        self._count += 1
        target.parent.mkdir(parents=True)
        try:
            s3_client().download_file(bucket, key, str(target))
        except S3_ERRORS as error:
            raise UnusableStepError(
                f"{uri} could not be downloaded ({error}): check that it was uploaded "
                "and that the S3 server is up."
            ) from error
        return target
