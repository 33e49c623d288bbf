"""S3 on this machine: rclone serves a folder, objects are plain files and survive restarts.

What differs from AWS: `If-None-Match` is ignored, there are no event notifications, and a key
cannot be a folder of other keys (`a` beside `a/b`).
"""

from __future__ import annotations

import secrets
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

from local_cloud.errors import LocalCloudError
from local_cloud.process import LOOPBACK, Service, is_open

REGION = "eu-west-3"  # the default in an account, too
# How long a folder's listing is remembered, and so how late a file is seen that was put there by
# hand, or removed. Without any memory each GET lists its folder, at a tenth of the speed.
LISTINGS_KEPT = "1s"


@dataclass(frozen=True)
class Keys:
    """An access key pair, random for each stack; it never leaves the environment."""

    access: str = field(default_factory=lambda: f"local{secrets.token_hex(8)}")
    secret: str = field(default_factory=lambda: secrets.token_hex(24), repr=False)


def server(folder: Path, port: int, keys: Keys, log: Path) -> Service:
    """The S3 service on a folder: its subfolders are the buckets."""
    folder.mkdir(parents=True, exist_ok=True)
    address = f"{LOOPBACK}:{port}"
    return Service(
        name="S3",
        command=[
            *(rclone(), "serve", "s3", str(folder.absolute()), "--addr", address),
            *("--no-cleanup", "--dir-cache-time", LISTINGS_KEPT),
        ],
        log=log,
        ready=lambda: is_open(port),
        # CSV inside: rclone takes a list of pairs here.
        environment={"RCLONE_AUTH_KEY": f'"{keys.access},{keys.secret}"', **_NO_CONFIG},
    )


def environment(port: int, keys: Keys) -> dict[str, str]:
    """What boto3, Spark's S3A and Airflow need to find and use it."""
    return {
        "AWS_ENDPOINT_URL_S3": f"http://{LOOPBACK}:{port}",
        "AWS_ACCESS_KEY_ID": keys.access,
        "AWS_SECRET_ACCESS_KEY": keys.secret,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
    }


def rclone() -> str:
    """The rclone binary of this environment."""
    found = shutil.which("rclone", path=str(Path(sys.executable).parent)) or shutil.which("rclone")
    if found is None:
        raise LocalCloudError("rclone is missing from this environment: run `make setup`")
    return found


# A user's own rclone configuration has no say here.
_NO_CONFIG = {"RCLONE_CONFIG": ""}
