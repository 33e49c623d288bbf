"""Two runs, two publishes, a vacuum and a rollback at once on one lake; a disk that fills up."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest
from moto.s3.responses import S3Response
from moto.server import ThreadedMotoServer

from local_cloud import s3
from tests.faults.commands import SMALL, ended, started
from tests.faults.conftest import pipeline
from tests.faults.products import differences, products
from tests.faults.record import drawn_by_make_faults
from verger.lake.registry import Published
from verger.lake.store import Lake

SLOW_SECONDS = 10
SMALL_DISK, LARGE_DISK = "1m", "64m"


def other(images, lake, run, seed):
    """A run with a vocabulary of its own."""
    words = ("pipeline", "--images", images, "--lake", lake, "--run", run, "--publish")
    return (*words, *SMALL, "--seed", seed)


@dataclass(frozen=True)
class Place:
    """A copy of a lake: what it lies in, its address, what a command needs to find it, and how to
    have it as a folder.
    """

    name: str
    lake: object
    environment: dict[str, str]
    as_folder: Callable[[], Path]


@pytest.fixture
def a_folder(calm_lake, tmp_path):
    one = tmp_path / "one"
    shutil.copytree(calm_lake, one)
    return Place("a folder", one, {}, lambda: one)


@pytest.fixture
def an_s3(calm_lake, tmp_path, monkeypatch):
    """An S3 that heeds If-Match and If-None-Match, unlike the local one, and is so slow to move the
    pointer to the published model that others read it meanwhile.
    """
    looking, put = threading.Lock(), S3Response.put_object

    def put_alone(self):
        if self.parse_key_name().endswith("/current.json"):
            time.sleep(SLOW_SECONDS)
        with looking:  # moto looks and then writes, which S3 does in one
            return put(self)

    monkeypatch.setattr(S3Response, "put_object", put_alone)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    environment = s3.environment(server.get_host_and_port()[1], s3.Keys())
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3")
    place = {"LocationConstraint": s3.REGION}
    client.create_bucket(Bucket="lakes", CreateBucketConfiguration=place)
    for path in calm_lake.rglob("*"):
        if path.is_file():
            key = f"one/{path.relative_to(calm_lake)}"
            client.upload_file(str(path), "lakes", key)

    def as_folder():
        for page in client.get_paginator("list_objects_v2").paginate(Bucket="lakes"):
            for item in page["Contents"]:
                path = tmp_path / "brought" / item["Key"]
                path.parent.mkdir(parents=True, exist_ok=True)
                client.download_file("lakes", item["Key"], str(path))
        return tmp_path / "brought" / "one"

    yield Place("S3", "s3://lakes/one", environment, as_folder)
    server.stop()


@drawn_by_make_faults
@pytest.mark.parametrize("where", ["a_folder", "an_s3"])
def test_runs_publishes_a_vacuum_and_a_rollback_at_once_lose_nothing(
    where, images, calm_lake, calm, tmp_path, record, request
):
    place, alone = request.getfixturevalue(where), tmp_path / "alone"
    lake = place.lake
    shutil.copytree(calm_lake, alone)
    for run, seed in (("a", 1), ("b", 2)):
        assert ended(tmp_path, *other(images, alone, run, seed)).process.returncode == 0
    commands = {
        "run a": other(images, lake, "a", 1),
        "run b": other(images, lake, "b", 2),
        "publish": ("publish", "--lake", lake, "--run", "r"),
        "publish again": ("publish", "--lake", lake, "--run", "r"),
        "vacuum": ("vacuum", "--lake", lake, "--keep-days", "0.5", "--delete"),
        "rollback": ("rollback", "--lake", lake, "--run", "back"),
    }
    fault = f"two runs, two publishes, a vacuum and a rollback at once, in {place.name}"
    with record.row(fault) as row:
        with ExitStack() as stack:
            running = {
                name: stack.enter_context(started(tmp_path, *words, environment=place.environment))
                for name, words in commands.items()
            }
            for name, command in running.items():
                status = command.wait()
                row.ended("done" if status == 0 else f"{name}: {command.reason[:80]!r}")
        assert running["run a"].process.returncode == running["run b"].process.returncode == 0
        one = place.as_folder()
        for run in ("a", "b"):
            assert not unlike(products(one, run), products(alone, run))
        assert not unlike(products(one, "r"), calm[0])
        published = Published.read(Lake.at(str(one)).storage, "fruits")
        moved = {move.by for move in published.moves}
        assert {"a", "b", "r"} <= moved
        assert len({model.id for model in published.models}) == len(published.models) == 3


def unlike(found, wanted):
    """Differences but for which model is in use, that depends on who was last."""
    return [name for name in differences(found, wanted) if name not in ("model", "bundle")]


@pytest.fixture
def disk(tmp_path):
    """A small disk of its own; skipped where we may not mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK}", "verger", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@drawn_by_make_faults
def test_a_disk_that_fills_up_under_the_lake_is_told_and_the_run_goes_on(
    disk, images, calm, tmp_path, record
):
    words = pipeline(images, disk / "lake")
    with record.row("the disk under the lake is full") as row:
        full = ended(tmp_path, *words)
        assert full.process.returncode == 1
        assert "the disk is full" in full.reason
        larger = f"remount,size={LARGE_DISK}"
        subprocess.run(["mount", "-o", larger, str(disk)], check=True)
        again = ended(tmp_path, *words)
        assert again.process.returncode == 0, again.said[-3000:]
        assert differences(products(disk / "lake", "r"), calm[0]) == []
        row.ended("told in one line; with more space products identical")
