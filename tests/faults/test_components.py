"""kill -9 of any part of what `make up` holds, while a run is at a drawn stage: the part is started
again and named, the run ends green, with what an undisturbed run makes, and no cluster is left.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass

import psutil
import pytest
import requests

from local_cloud.serving import state_of, supervisor
from tests.faults.commands import kill
from tests.faults.products import differences, products
from tests.faults.record import SEED, drawn_by_make_faults
from tests.operations.stack import LABELS, Stack, drawn
from tests.processes import command
from verger.contract import STAGES

EACH = 10
SMALL = {"prefix": "spring", "k": 50, "pca_k": 4}
# As `make up` has it tasks wait by themselves; on AWS the triggerer waits for them.
DEFERRED = {"AIRFLOW__OPERATORS__DEFAULT_DEFERRABLE": "True", "AIRFLOW__VERGER__POLL_SECONDS": "10"}
MANNERS = {
    "as `make up` has it": ({}, ("scheduler", "api-server", "S3", "EMR", "a task")),
    "with deferred tasks": (DEFERRED, ("triggerer", "scheduler")),
}
WORDS = {"S3": ["serve", "s3"], "EMR": ["-m", "local_cloud.emr"]}
AT_IT = ("running", "deferred", "success")
UP = ["STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING", "TERMINATING"]


@dataclass(frozen=True)
class Site:
    """A stack that is up, and what its first, undisturbed run has made."""

    stack: Stack
    wanted: dict[str, str]
    victims: tuple[str, ...]

    def parts(self, name: str) -> list[psutil.Process]:
        """The processes that are that part by now."""
        if name == "a task":  # forked by the scheduler's executor
            workers = [own for one in self.parts("scheduler") for own in one.children()]
            return [task for worker in workers for task in worker.children()]
        words = WORDS.get(name, ["-m", "airflow", name])
        keeper = psutil.Process(supervisor(self.stack.folder / "work"))
        leashes = [leash for leash in keeper.children() if _has(command(leash), words)]
        return [part for leash in leashes for part in leash.children()]

    def forget(self) -> None:
        """Everything that a run has made: the next one does all of it."""
        s3 = self.stack.client("s3")
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket="verger-lake"):
            for item in page.get("Contents", []):
                s3.delete_object(Bucket="verger-lake", Key=item["Key"])

    def states(self, run: dict) -> dict[str, str | None]:
        """Its tasks' states; none while nobody answers."""
        try:
            return self.stack.tasks(run)
        except requests.RequestException:
            return {}

    def ended(self, run: dict) -> str:
        """How the run ended."""
        path = f"dags/fruit_features/dagRuns/{run['dag_run_id']}"

        def state() -> str | None:
            try:
                told = self.stack.get(path)["state"]
            except requests.RequestException:  # it is the one that was killed
                return None
            return told if told in ("success", "failed") else None

        return self.stack.wait(state)

    def told(self) -> list[str]:
        """What has died and was started again."""
        work = self.stack.folder / "work"
        return state_of(work, supervisor(work))["told"]

    def made(self, run: dict) -> dict[str, str]:
        """The products of a run, but for the bundle, which names it."""
        found = products(self.stack.folder / "lake" / "verger-lake", run["dag_run_id"])
        return {name: digest for name, digest in found.items() if name != "bundle"}


def _has(words: list[str], some: list[str]) -> bool:
    return any(words[at : at + len(some)] == some for at in range(len(words)))


@pytest.fixture(params=MANNERS)
def site(request, tmp_path):
    settings, victims = MANNERS[request.param]
    images = tmp_path / "spring"
    for label in LABELS:
        (images / label).mkdir(parents=True)
        for number, content in enumerate(drawn(label, EACH)):
            (images / label / f"{number}.jpg").write_bytes(content)
    stack = Stack(tmp_path, images)
    stack.start(AIRFLOW__VERGER__CLOCK="off", **settings)
    try:
        calm = Site(stack, {}, victims)
        run = stack.post_run(**SMALL)
        assert calm.ended(run) == "success", stack.failures(run)
        yield Site(stack, calm.made(run), victims)
    finally:
        stack.stop()


@drawn_by_make_faults
def test_a_run_outlives_every_part_of_what_is_up(site, record):
    rng = random.Random(SEED)  # noqa: S311
    with record.row("`kill -9` of a part of `make up` during a run, products identical") as row:
        for victim in site.victims:
            site.forget()
            before = len(site.told())
            run = disturbed(site, victim, rng.choice(STAGES), rng.uniform(0, 5))
            assert site.ended(run) == "success", site.stack.failures(run)
            assert differences(site.made(run), site.wanted) == []
            assert not site.stack.client("emr").list_clusters(ClusterStates=UP)["Clusters"]
            if victim == "a task":
                row.ended("a task: tried again")
            else:
                (line,) = site.told()[before:]
                assert f"{victim} died and was started again" in line
                row.ended(f"{victim}: started again and named")


def disturbed(site: Site, victim: str, stage: str, pause: float) -> dict:
    """A run whose victim was killed so many seconds after that stage has begun."""
    run = site.stack.post_run(**SMALL)
    site.stack.wait(lambda: site.states(run).get(stage) in AT_IT)
    time.sleep(pause)
    site.stack.wait(lambda: site.parts(victim))
    kill(site.parts(victim))
    return run
