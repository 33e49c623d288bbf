"""A clock that jumps by an hour, forwards and back, while something is under way: what comes of it
is the same, and nothing waits or gives up for it.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from PIL import Image

from tests.faults.clock import HOUR, Clock
from tests.faults.commands import ended, started
from tests.faults.conftest import pipeline
from tests.faults.products import differences, products
from tests.faults.record import SEED, WHOLE, drawn_by_make_faults
from tests.photographs import packed
from tests.service import service

DRAWS = 6 if WHOLE else 1
# Spark looks every minute for executors that it has not heard of for two; here every second, so
# that none of the jumps goes unseen.
LOOKING = {"PYSPARK_SUBMIT_ARGS": "--conf spark.network.timeoutInterval=1s pyspark-shell"}
SLOW_SIDE = 6500  # pixels: takes a second or more to read


@pytest.fixture
def clock(tmp_path):
    return Clock(tmp_path / "clock")


def test_a_pipeline_whose_clock_jumps_makes_the_same(clock, images, calm, tmp_path, record):
    wanted, lines = calm
    rng = random.Random(SEED)  # noqa: S311
    with record.row("a clock that jumps by an hour during `verger pipeline`") as row:
        for draw in range(DRAWS):
            lake, jump = tmp_path / f"lake {draw}", HOUR if draw % 2 == 0 else -HOUR
            clock.set(0)
            environment = {**clock.environment, **LOOKING}
            with started(tmp_path, *pipeline(images, lake), environment=environment) as running:
                first = rng.randint(1, lines - 1)
                while running.process.poll() is None and len(running.lines()) < first:
                    time.sleep(0.05)
                clock.set(jump)
                assert running.wait() == 0, running.said[-3000:]
            assert differences(products(lake, "r"), wanted) == []
            way = "forwards" if jump > 0 else "back"
            row.ended(f"{way}: products identical")


@drawn_by_make_faults
@pytest.mark.parametrize("lines", [0, 3, 8])
def test_a_clock_that_s3_does_not_bear_is_told_and_once_it_is_set_the_run_goes_on(
    lines, clock, troubled, calm, tmp_path, record
):
    _, environment, folder = troubled
    words = pipeline("s3://fruits", "s3://lakes/one")
    with record.row("a clock that is an hour ahead of S3's, from some moment of a run on") as row:
        both = {**environment, **clock.environment}
        with started(tmp_path, *words, environment=both) as running:
            while running.process.poll() is None and len(running.lines()) < lines:
                time.sleep(0.05)
            clock.set(HOUR)
            assert running.wait() == 1, running.said[-3000:]
            assert "this machine's clock is wrong: set it" in running.reason
        clock.set(0)
        again = ended(tmp_path, *words, environment=both)
        assert again.process.returncode == 0, again.said[-3000:]
        found = products(folder / "lakes" / "one", "r")
        assert [name for name in differences(found, calm[0]) if name != "bundle"] == []
        row.ended("told in one line; with the clock set products identical")


def test_a_service_whose_clock_jumps_gives_up_what_takes_too_long_and_nothing_else(
    clock, calm_lake, monkeypatch, record
):
    for name, value in clock.environment.items():
        monkeypatch.setenv(name, value)
    slow = packed(
        Image.effect_noise((SLOW_SIDE, SLOW_SIDE), 90).convert("RGB"), "PNG", compress_level=1
    )
    with record.row("a clock that jumps by an hour again and again under `verger serve`") as row:
        with (
            service(calm_lake, "--answer-seconds", "120", "--max-megabytes", "200") as patient,
            jumping(clock, HOUR),
        ):
            assert patient.identify(slow).status_code == 200
            row.ended("forwards: answered")
        with (
            service(calm_lake, "--answer-seconds", "0.3", "--max-megabytes", "200") as impatient,
            jumping(clock, -HOUR),
        ):
            told = impatient.identify(slow)
            assert told.json()["type"].endswith("takes-too-long"), told.text
            row.ended("back: given up in time")


@contextmanager
def jumping(clock: Clock, by: int) -> Iterator[None]:
    """Meanwhile the clock jumps several times a second, ever further."""
    over = threading.Event()

    def jump() -> None:
        ahead = 0
        while not over.wait(0.05):
            ahead += by
            clock.set(ahead)

    jumper = threading.Thread(target=jump)
    jumper.start()
    try:
        yield
    finally:
        over.set()
        jumper.join()
