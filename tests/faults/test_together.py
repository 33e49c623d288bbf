"""Two runs, two publishes, a vacuum and a rollback at once on one lake; a disk that fills up."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import ExitStack

import pytest

from tests.faults.commands import SMALL, ended, started
from tests.faults.conftest import pipeline
from tests.faults.products import differences, products
from tests.faults.record import drawn_by_make_faults
from verger.lake.registry import Published
from verger.lake.store import Lake

SMALL_DISK, LARGE_DISK = "1m", "64m"


def other(images, lake, run, seed):
    """A run with a vocabulary of its own."""
    words = ("pipeline", "--images", images, "--lake", lake, "--run", run, "--publish")
    return (*words, *SMALL, "--seed", seed)


@drawn_by_make_faults
def test_runs_publishes_a_vacuum_and_a_rollback_at_once_lose_nothing(
    images, calm_lake, calm, tmp_path, record
):
    one, alone = tmp_path / "one", tmp_path / "alone"
    shutil.copytree(calm_lake, one)
    shutil.copytree(calm_lake, alone)
    for run, seed in (("a", 1), ("b", 2)):
        assert ended(tmp_path, *other(images, alone, run, seed)).process.returncode == 0
    commands = {
        "run a": other(images, one, "a", 1),
        "run b": other(images, one, "b", 2),
        "publish": ("publish", "--lake", one, "--run", "r"),
        "publish again": ("publish", "--lake", one, "--run", "r"),
        "vacuum": ("vacuum", "--lake", one, "--keep-days", "0.5", "--delete"),
        "rollback": ("rollback", "--lake", one, "--run", "back"),
    }
    with record.row("two runs, two publishes, a vacuum and a rollback at once, in a folder") as row:
        with ExitStack() as stack:
            running = {
                name: stack.enter_context(started(tmp_path, *words))
                for name, words in commands.items()
            }
            for name, command in running.items():
                status = command.wait()
                row.ended("done" if status == 0 else f"{name}: {command.reason[:80]!r}")
        assert running["run a"].process.returncode == running["run b"].process.returncode == 0
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
