"""kill -9 at seeded random moments: the same command again ends with what an undisturbed run makes.

Kills come in chains: each run of a chain goes on in the lake that the one before it left.
"""

from __future__ import annotations

import random
import shutil
import time

import pytest

from local_cloud import s3
from local_cloud.process import free_port
from tests.faults.commands import Command, ended, kill, started
from tests.faults.conftest import pipeline
from tests.faults.products import differences, products
from tests.faults.record import SEED, WHOLE

CHAIN = 10 if WHOLE else 3
PLACES = ("a folder", "S3", "a folder", "S3", "a folder") if WHOLE else ("a folder",)
WHO = ("everything", "driver", "jvm", "worker")


@pytest.fixture(params=range(len(PLACES)))
def place(request, tmp_path, images):
    """A folder, or a local S3: its name, the number of the chain, the address of a lake there, the
    folder behind it, and the environment of who finds it.
    """
    name = PLACES[request.param]
    if name == "a folder":
        yield name, request.param, tmp_path / "lake", tmp_path / "lake", {}
        return
    keys, port = s3.Keys(), free_port()
    (tmp_path / "s3" / "lakes").mkdir(parents=True)
    server = s3.server(tmp_path / "s3", port, keys, tmp_path / "log")
    server.start()
    behind = tmp_path / "s3" / "lakes" / "one"
    yield name, request.param, "s3://lakes/one", behind, s3.environment(port, keys)
    server.stop()


def test_a_pipeline_killed_again_and_again_ends_with_identical_products(
    place, images, calm, tmp_path, record
):
    name, chain, lake, behind, environment = place
    wanted, most_lines = calm
    rng = random.Random(f"{SEED} {chain}")  # noqa: S311
    fault = f"`kill -9` during `verger pipeline`, lake in {name}"
    with record.row(f"{fault}; then an undisturbed run: products identical") as row:
        words = pipeline(images, lake)
        kills = 0
        while kills < CHAIN:
            victim, lines, pause = rng.choice(WHO), rng.randint(1, most_lines - 1), rng.random()
            with started(tmp_path, *words, environment=environment) as running:
                how = killed(running, victim, lines, pause)
            if how is None:  # it went on where others had left it, and was through: from the start
                assert differences(products(behind, "r"), wanted) == []
                shutil.rmtree(behind)
                continue
            kills += 1
            row.ended(how)
        again = ended(tmp_path, *words, environment=environment)
        assert again.process.returncode == 0, again.said[-3000:]
        assert differences(products(behind, "r"), wanted) == []


def killed(running: Command, victim: str, lines: int, pause: float) -> str | None:
    """Kill that part so many seconds after the run has told so many lines, or as soon as there is
    one; how it ended, in words. None if it had ended before.

    Asserts that nothing hangs, nobody is left, and what fails says why.
    """
    while running.process.poll() is None and len(running.lines()) < lines:
        time.sleep(0.05)
    time.sleep(pause)
    while running.process.poll() is None:
        if victim == "everything":
            kill(running.alive())
            break
        if victims := running.parts()[victim]:
            kill(victims)
            break
        time.sleep(0.05)
    else:
        assert running.process.returncode == 0, running.said[-3000:]
        return None
    status = running.wait()
    assert running.leaves_nobody(), [process.cmdline() for process in running.alive()]
    if status == 0:
        return f"{victim} killed: it ended right all the same"
    if status < 0:
        return f"{victim} killed: the next run went on"
    assert status == 1
    return f"{victim} killed: one line said {_kind(running.reason)!r}, the next run went on"


def _kind(reason: str) -> str:
    return reason.split(":")[0][:60]
