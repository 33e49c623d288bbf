"""One run at a time on a folder, and whoever is turned away hears who holds it."""

import os
import signal
import subprocess
import sys

import pytest

from local_cloud import holding
from local_cloud.errors import LocalCloudError
from local_cloud.holding import held, holder

HOLD = """
import subprocess, sys, time
from pathlib import Path
from local_cloud import holding
with holding.held(Path(sys.argv[1]), "make run", "wait"):
    child = "import sys; print('ready', flush=True); sys.stdin.read()"
    subprocess.Popen([sys.executable, "-c", child], pass_fds=holding.descriptors())
    time.sleep(600)
"""


@pytest.fixture
def other(tmp_path):
    """Another process that holds the folder, and has a child; both end with the test."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()
        process.stdin.close()


def test_a_folder_in_use_is_refused_and_its_holder_named(tmp_path, other):
    with (
        pytest.raises(LocalCloudError, match=rf"in use by `make run` \(process {other.pid}\): ask"),
        held(tmp_path, "make up", "ask them"),
    ):
        pass
    assert holder(tmp_path).pid == other.pid


def test_what_a_killed_run_left_running_keeps_the_folder_until_it_ends(
    tmp_path, other, monkeypatch
):
    other.send_signal(signal.SIGKILL)
    other.wait()
    monkeypatch.setattr(holding, "PATIENCE_SECONDS", 0.5)
    with (
        pytest.raises(LocalCloudError, match="in use by a killed run"),
        held(tmp_path, "make up", "wait"),
    ):
        pass
    other.stdin.close()  # the end of its child
    monkeypatch.undo()
    with held(tmp_path, "make up", "wait"):
        assert holder(tmp_path).pid == os.getpid()


def test_a_folder_is_free_again_when_its_holder_is_done(tmp_path):
    for _ in range(2):
        with held(tmp_path / "lake", "make run", "wait"):
            assert holder(tmp_path / "lake").command == "make run"
    assert (tmp_path / "lake").stat().st_mode & 0o077 == 0


def test_a_number_that_another_process_has_got_by_now_holds_nothing(tmp_path):
    (tmp_path / holding.LOCK).write_text(
        f'{{"command": "make run", "pid": {os.getpid()}, "born": 1.0}}'
    )
    assert holder(tmp_path) is None
