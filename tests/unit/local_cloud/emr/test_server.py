"""The process of the local EMR endpoint: how it starts, whom it answers, how it ends."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.emr_endpoint import (
    BUCKET,
    PATIENCE_SECONDS,
    SLEEP,
    emr_server,
    eventually,
    step,
    wait_until_gone,
)


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


IN_PARTS = """
import pathlib, time
print("the first part", flush=True)
while not pathlib.Path("enough").exists():
    time.sleep(0.05)
print("the last word", flush=True)
while "last" not in pathlib.Path("stdout").read_text():
    time.sleep(0.05)
raise SystemExit(1)
"""


def test_logs_come_in_parts_and_late_and_none_is_lost_when_the_server_ends(tmp_path: Path) -> None:
    with emr_server(tmp_path, "--log-period", "0.2", "--log-delay", "3600") as server:
        cluster = server.cluster(LogUri=f"s3://{BUCKET}/logs/")
        (failing,) = server.add(cluster, step(server.upload("parts.py", IN_PARTS)))

        def said() -> str:
            try:
                return server.s3_log("logs", cluster, failing, "stdout")
            except server.client("s3").exceptions.ClientError:
                return ""

        eventually(lambda: said() == "the first part\n", "the first part of the log")
        (server.work / cluster / failing / "enough").touch()
        server.await_step(cluster, failing, "FAILED")
        assert "the last word" in (server.work / cluster / failing / "stdout").read_text()
        server.process.terminate()
        server.process.wait(PATIENCE_SECONDS)
        assert said().endswith("the last word\n")


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
        "--log-period",
        "--log-delay",
    ):
        assert option in text
