"""When something goes wrong halfway: killed runs, killed steps, a run that is told to stop."""

import json
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import psutil
import pytest

from tests.e2e.conftest import on_disk, run, run_command, steps_of
from tests.photographs import orchard
from tests.places import REPOSITORY
from verger.cli.main import main
from verger.contract import STAGES

SMALL = ("--k", 30, "--pca", 4)


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    return orchard(tmp_path_factory.mktemp("small") / "in", {"Apple": 6, "Kiwi": 5, "Açaí": 4})


class Killer(threading.Thread):
    """Kills the first step of every stage with SIGKILL as soon as it works on its checkpoint."""

    def __init__(self, steps: Path):
        super().__init__(daemon=True)
        self.steps = steps
        self.old = set(steps.glob("*/*/stdout"))
        self.killed: set[str] = set()

    def run(self):
        while len(self.killed) < len(STAGES):
            for said in self.steps.glob("*/*/stdout"):
                if said in self.old:
                    continue
                working = [s for s in STAGES if f"{s}: working on" in said.read_text()]
                for stage in set(working) - self.killed:
                    self.kill(stage, said.parent.name)
            time.sleep(0.1)

    def kill(self, stage, step_id):
        for process in psutil.process_iter(["environ", "cmdline"]):
            mine = (process.info["environ"] or {}).get("EMR_STEP_ID") == step_id
            if mine and "SparkSubmit" in " ".join(process.info["cmdline"] or ()):
                os.kill(process.pid, signal.SIGKILL)
                self.killed.add(stage)


@pytest.fixture(scope="module")
def place(images, tmp_path_factory):
    """One lake for the runs that follow: each goes on where the one before it was stopped."""
    folder = tmp_path_factory.mktemp("place")
    return ("--images", images, "--lake", folder / "lake", "--work", folder / "work")


def test_a_run_killed_in_the_middle_of_a_step_leaves_nothing_running(place):
    process = subprocess.Popen(
        run_command(*place, *SMALL), cwd=REPOSITORY, stdout=subprocess.DEVNULL
    )
    while not any("working on" in p.read_text() for p in steps_of(place).glob("*/*/stdout")):
        assert process.poll() is None
        time.sleep(0.1)
    process.kill()
    process.wait()
    assert nobody_uses(Path(place[-1]))
    assert not list(Path(place[3]).glob("verger-lake/*/*/manifest.json"))


def test_a_run_that_is_told_to_stop_ends_what_it_started_and_frees_the_lake(place):
    process = subprocess.Popen(
        run_command(*place, *SMALL), cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    )
    with process, process.stdout:
        while "running the DAG" not in process.stdout.readline():
            assert process.poll() is None
        refused = run(*place, *SMALL)
        process.terminate()
        assert process.wait() == 130
    assert f"is in use by `make run` (process {process.pid})" in refused.err
    assert nobody_uses(Path(place[-1]))


def test_a_run_whose_every_step_is_killed_once_ends_with_identical_products(
    place, images, tmp_path, capsys
):
    killer = Killer(steps_of(place))
    killer.start()
    ended = run(*place, *SMALL)
    assert ended.status == 0, ended.out[-2000:] + ended.err[-2000:]
    assert killer.killed == set(STAGES)

    arguments = ["--images", str(images), "--lake", str(tmp_path), *map(str, SMALL)]
    assert main(["pipeline", *arguments]) == 0
    calm = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    killed = ended.summary
    for name in ("images", "descriptors", "k", "pca_k"):
        assert killed[name] == calm[name]
    for stage in STAGES:  # the fingerprints, which stand for all that determined the data
        one, two = (run["checkpoints"][stage] for run in (killed, calm))
        assert [Path(place).parts[-3] for place in one] == [Path(place).parts[-3] for place in two]
    (one,) = on_disk(killed, killed["checkpoints"]["build_vocabulary"][0]).glob("*.parquet")
    (two,) = Path(calm["checkpoints"]["build_vocabulary"][0]).glob("*.parquet")
    assert one.read_bytes() == two.read_bytes()
    csv = on_disk(killed, killed["features_csv"]).read_bytes()
    assert csv == Path(calm["features_csv"]).read_bytes()


def nobody_uses(folder: Path) -> bool:
    """Whether, after a while, no process names the folder in its command line."""
    deadline = time.monotonic() + 300  # the last resort: they end within seconds
    while time.monotonic() < deadline:
        users = [p for p in psutil.process_iter(["cmdline"])
                 if str(folder) in " ".join(p.info["cmdline"] or ())]  # fmt: skip
        if not users:
            return True
        time.sleep(0.2)
    return False
