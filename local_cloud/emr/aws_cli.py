"""`aws` on a node here, for machines without the AWS CLI: the one command that is asked of it.

aws s3 cp --recursive [--only-show-errors] s3://bucket/folder FOLDER
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from local_cloud.emr.s3 import s3_client, split_uri

REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")


def main() -> None:
    """Copy a folder of S3."""
    parser = argparse.ArgumentParser(prog="aws")
    parser.add_argument("service", choices=["s3"])
    parser.add_argument("command", choices=["cp"])
    parser.add_argument("--recursive", action="store_true", required=True)
    parser.add_argument("--only-show-errors", action="store_true")
    parser.add_argument("source")
    parser.add_argument("target", type=Path)
    asked = parser.parse_args()
    if not any(os.environ.get(name) for name in REGIONS):
        # S3 would be asked at its global address, which a private network does not reach.
        parser.error("this node was told no region")
    copy(asked.source, asked.target)


def copy(source: str, target: Path) -> None:
    """Every object below s3://bucket/folder, into a folder."""
    bucket, folder = split_uri(source)
    s3 = s3_client()
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{folder}/")
    for key in (item["Key"] for page in pages for item in page.get("Contents", ())):
        path = target / key.removeprefix(f"{folder}/")
        path.parent.mkdir(parents=True, exist_ok=True)
        s3.download_file(bucket, key, str(path))


if __name__ == "__main__":
    main()
