"""S3 on this machine: rclone serves a folder, objects are plain files and survive restarts.

What differs from AWS: `If-None-Match` is ignored, there are no event notifications, and a key
cannot be a folder of other keys (`a` beside `a/b`).
"""

from __future__ import annotations

import secrets
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from local_cloud.errors import LocalCloudError
from local_cloud.process import LOOPBACK, Service, is_open

REGION = "us-east-1"


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
        command=[rclone(), "serve", "s3", str(folder), "--addr", address, "--no-cleanup"],
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


def mirror(source: Path, bucket_folder: Path) -> None:
    """Make a folder of a bucket equal to a folder of photographs: new and changed files are
    copied, those that are gone are removed. Done on the files beneath the server, while it is
    down, which is several times faster than through the protocol. Contents are compared: a file
    may change and keep its size and its time.
    """
    bucket_folder.mkdir(parents=True, exist_ok=True)
    command = [rclone(), "sync", str(source), str(bucket_folder), "--copy-links"]
    command += ["--checksum", "--transfers=8"]
    done = subprocess.run(command, env=_NO_CONFIG, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LocalCloudError(f"copying {source} failed:\n{done.stderr.strip()[-2000:]}")


def rclone() -> str:
    """The rclone binary of this environment."""
    found = shutil.which("rclone", path=str(Path(sys.executable).parent)) or shutil.which("rclone")
    if found is None:
        raise LocalCloudError("rclone is missing from this environment: run `make setup`")
    return found


# A user's own rclone configuration has no say here.
_NO_CONFIG = {"RCLONE_CONFIG": ""}
