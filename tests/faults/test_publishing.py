"""A publish killed at each of its writes, a service killed while it loads: what was whole before is
whole after, and the same command again ends as if nothing had been.
"""

from __future__ import annotations

import json
import random
import shutil
import time

import psutil
import pytest

from tests.faults.commands import ended, kill, started
from tests.faults.record import SEED, WHOLE
from tests.service import service
from verger.lake.registry import Published
from verger.lake.store import Lake

WRITES = {".zip": "its bundle", "/current.json": "the pointer", "/publication.json": "its record"}


@pytest.mark.parametrize("ending", list(WRITES) if WHOLE else ["/current.json"])
def test_a_publish_killed_before_any_of_its_writes_is_repeated(
    ending, troubled, calm_lake, tmp_path, record
):
    proxy, environment, folder = troubled
    lake = folder / "lakes" / "one"
    shutil.copytree(calm_lake, lake)
    wanted = Published.read(Lake.at(str(calm_lake)).storage, "fruits").current
    for path in (*lake.glob("models/*/current.json"), *lake.glob("models/*/bundles/*")):
        path.unlink()
    words = ("publish", "--lake", "s3://lakes/one", "--run", "r")
    with record.row("`kill -9` of `verger publish` before each of its writes, in S3") as row:
        with (
            proxy.holding("PUT", ending) as reached,
            started(tmp_path, *words, environment=environment) as running,
        ):
            assert reached.wait(300), running.said
            kill(running.alive())
            assert running.wait() < 0
        there = Published.read(Lake.at(str(lake)).storage, "fruits").current
        assert (there is not None) == (ending == "/publication.json")
        again = ended(tmp_path, *words, environment=environment)
        assert again.process.returncode == 0, again.said
        assert json.loads(again.out.read_text())["bundle"] == wanted.bundle
        (bundle,) = lake.glob("models/fruits/bundles/*")
        assert bundle.name == f"{wanted.bundle[:16]}.zip"
        assert json.loads((lake / "runs/r/publication.json").read_text())["published"]
        row.ended("repeated: the same bundle, published once")


def test_a_service_killed_while_it_loads_leaves_nobody_and_starts_again(
    calm_lake, images, tmp_path, record
):
    photograph = next(images.rglob("*.jpg")).read_bytes()
    rng = random.Random(SEED)  # noqa: S311
    lake = tmp_path / "lake"
    shutil.copytree(calm_lake, lake)
    with record.row("`kill -9` of `verger serve` while it loads its model") as row:
        for _ in range(8 if WHOLE else 1):
            words = ("serve", "--lake", lake, "--port", 0, "--workers", 2)
            with started(tmp_path, *words) as running:
                time.sleep(rng.uniform(0.2, 5))
                parts = running.alive()
                only_the_first = rng.random() < 0.5
                kill(parts[:1] if only_the_first else parts)
                running.process.wait(30)
                assert running.leaves_nobody(), [process.cmdline() for process in running.alive()]
            how = "the service itself killed" if only_the_first else "all its processes killed"
            row.ended(f"{how}: nobody left")
        with service(lake) as again:
            told = again.identify(photograph)
            assert told.json()["status"] == "ok"
            assert psutil.pid_exists(again.process.pid)
