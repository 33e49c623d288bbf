"""Remove what nobody looks at any more:  python -m local_cloud.team.tidy --every-hours 24

Files of Airflow's logs, logs of steps in S3, and Airflow's history, older than KEEP_DAYS. Products,
models and photographs stay: they are the lake's, and its DAG `vacuum` looks after those.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from local_cloud.emr.s3 import s3_client, split_uri

HOME = "AIRFLOW_HOME"
STEP_LOGS = "AIRFLOW_VAR_VERGER_LOGS"
RETRY_SECONDS = 600.0


def main(arguments: list[str] | None = None) -> int:
    """Once, or for ever; with --was-done-within-hours a health check."""
    parser = argparse.ArgumentParser(prog="python -m local_cloud.team.tidy")
    parser.add_argument("--every-hours", type=float)
    parser.add_argument("--was-done-within-hours", type=float)
    options = parser.parse_args(arguments)
    done = Path(os.environ[HOME]) / "tidied"
    if options.was_done_within_hours is not None:
        limit = timedelta(hours=options.was_done_within_hours)
        return 0 if done.exists() and older(done.stat().st_mtime) < limit else 1
    while True:
        succeeded = tidy(datetime.now(UTC) - timedelta(days=float(os.environ["KEEP_DAYS"])))
        if succeeded:
            done.touch()
        if options.every_hours is None:
            return 0 if succeeded else 1
        time.sleep(options.every_hours * 3600 if succeeded else RETRY_SECONDS)


def tidy(before: datetime) -> bool:
    """Remove what is older; False if Airflow's history could not be cleaned."""
    files = remove_old_files(Path(os.environ[HOME]) / "logs", before)
    objects = remove_old_objects(os.environ[STEP_LOGS], before)
    sys.stdout.write(f"removed {files} log files, {objects} logs of steps\n")
    sys.stdout.flush()
    command = [*(sys.executable, "-m", "airflow", "db", "clean", "--yes", "--skip-archive")]
    command += ["--clean-before-timestamp", before.isoformat(), "--error-on-cleanup-failure"]
    return subprocess.run(command, check=False).returncode == 0


def remove_old_files(folder: Path, before: datetime) -> int:
    """Remove files last written before a moment, and folders long empty; how many files."""
    count = 0
    for path in deepest_first(folder):
        if path.is_dir() and not path.is_symlink():
            if older(path.stat().st_mtime) > timedelta(days=1) and not any(path.iterdir()):
                path.rmdir()
        elif path.lstat().st_mtime < before.timestamp():
            path.unlink()
            count += 1
    return count


def deepest_first(folder: Path) -> Iterator[Path]:
    """Everything below a folder, what a folder holds before the folder."""
    for parent, folders, files in os.walk(folder, topdown=False):
        for name in (*files, *folders):
            yield Path(parent) / name


def remove_old_objects(address: str, before: datetime) -> int:
    """Remove the objects at an S3 address that were last written before a moment; how many."""
    bucket, prefix = split_uri(address)
    s3 = s3_client()
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    old = [
        found["Key"]
        for page in pages
        for found in page.get("Contents", [])
        if found["LastModified"] < before
    ]
    for key in old:
        s3.delete_object(Bucket=bucket, Key=key)
    return len(old)


def older(moment: float) -> timedelta:
    """How long ago a moment of the clock was."""
    return timedelta(seconds=time.time() - moment)


if __name__ == "__main__":
    sys.exit(main())
