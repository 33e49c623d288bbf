"""The process of the local EMR endpoint: how it starts, whom it answers, how it ends."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.emr_endpoint import PATIENCE_SECONDS, SLEEP, emr_server, step, wait_until_gone


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_no_step_outlives_the_server(number: signal.Signals, tmp_path: Path) -> None:
    with emr_server(tmp_path) as server:
        script = server.upload("sleep.py", SLEEP)
        cluster = server.cluster()
        (running,) = server.add(cluster, step(script))
        pids = server.await_sleeper(cluster, running)
        server.process.send_signal(number)
        status = server.process.wait(PATIENCE_SECONDS)
        assert status == (-number if number == signal.SIGKILL else 0), server.log.read_text()
        for pid in pids:
            wait_until_gone(pid)


def test_help_explains_the_options() -> None:
    command = [sys.executable, "-m", "local_cloud.emr", "--help"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for option in (
        "--port",
        "--host",
        "--allowed-host",
        "--work",
        "--master",
        "--step-timeout",
        "--step-concurrency-cap",
    ):
        assert option in text
