"""Photographs to the team's S3:  python -m local_cloud.team.deliver PREFIX [-]

With `-` they come as a tar stream from `local_cloud.team.bring`; without it the sample that the
project draws is delivered.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from local_cloud.emr.s3 import S3_ERRORS, s3_client
from local_cloud.stack import LANDING
from sample import draw_sample

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

AT_A_TIME = 8
# Larger ones are passed on in parts: no more than this times AT_A_TIME is held in memory.
WHOLE_BYTES = 16 << 20


@dataclass(frozen=True)
class File:
    """A file to deliver; its content is read once, in order."""

    name: str
    size: int
    content: IO[bytes]


def main(arguments: list[str]) -> int:
    """Returns 0 when everything has arrived, or 1 after one line that says why not."""
    prefix, *stream = arguments
    bucket = os.environ.get("S3_LANDING", LANDING)
    try:
        if stream:
            with tarfile.open(fileobj=sys.stdin.buffer, mode="r|") as archive:
                new, kept = deliver(packed(archive), bucket, prefix)
            sys.stdin.buffer.read()  # to its very end: the sender is not to find a closed pipe
        else:
            with tempfile.TemporaryDirectory() as drawn:
                new, kept = deliver(below(draw_sample(Path(drawn) / prefix)), bucket, prefix)
    except tarfile.ReadError as error:
        sys.stderr.write(f"the delivery broke off ({error}): deliver again\n")
        return 1
    except S3_ERRORS as error:
        sys.stderr.write(f"the team's S3 did not take it ({error}): is it up? `make team-up`\n")
        return 1
    sys.stdout.write(f"s3://{bucket}/{prefix}/: {new} new or changed, {kept} there already\n")
    return 0


def packed(archive: tarfile.TarFile) -> Iterator[File]:
    """The files of a tar stream."""
    for entry in archive:
        content = archive.extractfile(entry)
        if content is not None:
            yield File(entry.name, entry.size, content)


def below(folder: Path) -> Iterator[File]:
    """The files below a folder."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as content:
            yield File(path.relative_to(folder).as_posix(), path.stat().st_size, content)


def deliver(files: Iterable[File], bucket: str, prefix: str) -> tuple[int, int]:
    """Upload what is not there yet with the same content: how many were, how many were not.

    Raises one of S3_ERRORS, or tarfile.ReadError if the stream ends too soon.
    """
    s3 = s3_client()
    there = etags(s3, bucket, prefix)
    new = kept = 0
    uploads: set[Future[object]] = set()
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        for file in files:
            key = f"{prefix}/{file.name}"
            if file.size > WHOLE_BYTES:
                s3.upload_fileobj(file.content, bucket, key)
                new += 1
                continue
            body = file.content.read()
            if there.get(key) == hashlib.md5(body, usedforsecurity=False).hexdigest():
                kept += 1
                continue
            uploads.add(pool.submit(s3.put_object, Bucket=bucket, Key=key, Body=body))
            new += 1
            if len(uploads) >= AT_A_TIME:
                uploads = finished(uploads)
    for upload in uploads:
        upload.result()
    return new, kept


def finished(uploads: set[Future[object]]) -> set[Future[object]]:
    """Wait until one of the uploads has ended; returns the others. Raises what an upload raised."""
    done, others = wait(uploads, return_when="FIRST_COMPLETED")
    for upload in done:
        upload.result()
    return others


def etags(s3: S3Client, bucket: str, prefix: str) -> dict[str, str]:
    """ETags of the objects below a prefix by key: MD5 sums of those that came in one piece."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{prefix}/")
    objects = (found for page in pages for found in page.get("Contents", []))
    return {found["Key"]: found["ETag"].strip('"') for found in objects}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
