"""How one step is kept under control; shell scripts take spark-submit's place to do odd things."""

import threading
import time
from pathlib import Path

import pytest

from local_cloud import leash
from local_cloud.emr import killed
from local_cloud.emr.outcome import Outcome, StepRequest
from local_cloud.emr.runner import StepRun
from local_cloud.emr.settings import Settings
from tests.emr_endpoint import BUCKET, SECRET, EmrServer, eventually, wait_until_gone


def run_of(
    tmp_path: Path, script: str, step_timeout: float = 60, log_uri: str | None = None
) -> StepRun:
    """A step whose spark-submit is the shell script; it runs in tmp_path/work/j-1/s-1."""
    spark_submit = tmp_path / "spark-submit"
    spark_submit.write_text(f"#!/bin/sh\n{script}\n")
    spark_submit.chmod(0o700)
    settings = Settings(
        0, tmp_path / "work", spark_submit, step_timeout=step_timeout, log_period=0.2
    )
    request = StepRequest("j-1", "s-1", "command-runner.jar", ("spark-submit", "job.py"), log_uri)
    return StepRun(request, settings)


def started(run: StepRun, tmp_path: Path) -> tuple[threading.Thread, list[Outcome]]:
    """Execute the run in a thread and return when its script has made the file `started`."""
    outcomes: list[Outcome] = []
    thread = threading.Thread(target=lambda: outcomes.append(run.execute()))
    thread.start()
    while not (tmp_path / "work/j-1/s-1/started").exists():
        time.sleep(0.02)
    return thread, outcomes


def test_a_step_that_ignores_sigterm_is_killed_after_the_grace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leash, "GRACE_SECONDS", 0.3)
    run = run_of(tmp_path, "trap '' TERM; touch started; while :; do sleep 0.1; done")
    thread, outcomes = started(run, tmp_path)
    run.end()
    thread.join(10)
    assert outcomes == [Outcome("CANCELLED")]


def test_an_interrupt_lets_the_step_tidy_up_and_a_kill_does_not(tmp_path: Path) -> None:
    script = "trap 'touch tidy; exit 1' TERM; touch started; while :; do sleep 0.1; done"
    for way in ("interrupt", "kill"):
        folder = tmp_path / way
        folder.mkdir()
        run = run_of(folder, script)
        thread, outcomes = started(run, folder)
        getattr(run, way)()
        thread.join(10)
        assert outcomes == [Outcome("CANCELLED")]
        assert (folder / "work/j-1/s-1/tidy").exists() == (way == "interrupt")


def test_a_step_stopped_before_it_starts_never_starts(tmp_path: Path) -> None:
    run = run_of(tmp_path, "touch started")
    run.interrupt()
    assert run.execute() == Outcome("CANCELLED")
    assert not (tmp_path / "work/j-1/s-1/started").exists()


def test_what_a_step_leaves_in_the_background_ends_with_it(tmp_path: Path) -> None:
    outcome = run_of(tmp_path, "sleep 600 & echo $!").execute()
    assert outcome == Outcome("COMPLETED")
    wait_until_gone(int((tmp_path / "work/j-1/s-1/stdout").read_text()))


def test_a_step_that_outlives_the_limit_fails_and_names_the_limit(tmp_path: Path) -> None:
    outcome = run_of(tmp_path, "echo $$; exec sleep 600", step_timeout=0.5).execute()
    assert outcome.state == "FAILED"
    assert outcome.failure is not None
    assert "limit of 0.5 seconds" in outcome.failure.message
    assert "--step-timeout" in outcome.failure.message
    wait_until_gone(int((tmp_path / "work/j-1/s-1/stdout").read_text()))


def test_a_failure_shows_the_end_of_the_error_log(tmp_path: Path) -> None:
    outcome = run_of(tmp_path, "echo no more pears >&2; exit 3").execute()
    assert outcome.failure is not None
    assert outcome.failure.message == "no more pears"
    assert outcome.failure.log_file == str(tmp_path / "work/j-1/s-1/stderr")
    assert "exit code 3" in (tmp_path / "work/j-1/s-1/controller").read_text()


def test_a_silent_failure_shows_the_exit_code(tmp_path: Path) -> None:
    outcome = run_of(tmp_path, "exit 3").execute()
    assert outcome.failure is not None
    assert outcome.failure.message == "spark-submit ended with exit code 3."


def test_a_broken_work_folder_is_a_failed_step_and_not_a_dead_thread(tmp_path: Path) -> None:
    (tmp_path / "work").write_text("not a folder")
    outcome = run_of(tmp_path, "exit 0").execute()
    assert outcome.state == "FAILED"
    assert outcome.failure is not None
    assert "NotADirectoryError" in outcome.failure.message


def test_the_logs_of_a_running_step_can_be_read_before_it_ends(
    server: EmrServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", server.s3_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "gardener")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    script = "echo first pears; touch started; while ! test -e enough; do sleep 0.1; done"
    run = run_of(tmp_path, script, log_uri=f"s3://{BUCKET}/live")
    thread, outcomes = started(run, tmp_path)

    def uploaded() -> bool:
        listing = server.client("s3").list_objects_v2(Bucket=BUCKET, Prefix="live/")
        return any(item["Key"].endswith("stdout.gz") for item in listing.get("Contents", []))

    eventually(uploaded, "the logs in S3")
    assert outcomes == []
    assert server.s3_log("live", "j-1", "s-1", "stdout") == "first pears\n"
    (tmp_path / "work/j-1/s-1/enough").touch()
    thread.join(10)
    assert outcomes == [Outcome("COMPLETED")]


@pytest.mark.parametrize(
    ("name", "told"), [("KILL", "was killed (SIGKILL) from outside"), ("SEGV", "ended by SIGSEGV")]
)
def test_a_process_that_was_killed_cannot_say_so_itself(
    tmp_path: Path, name: str, told: str
) -> None:
    script = f"echo working; echo WARNING: Using incubator modules >&2; kill -{name} $$"
    outcome = run_of(tmp_path, script).execute()
    assert outcome.failure is not None
    assert told in outcome.failure.message
    for log in ("stderr", "controller"):
        assert told in (tmp_path / "work/j-1/s-1" / log).read_text()


def test_a_process_that_was_killed_for_memory_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vmstat = tmp_path / "vmstat"
    vmstat.write_text("pgfault 17\noom_kill 2\n")
    monkeypatch.setattr(killed, "VMSTAT", vmstat)
    outcome = run_of(tmp_path, f"echo oom_kill 3 > {vmstat}; kill -KILL $$").execute()
    assert outcome.failure is not None
    assert "which had run out of memory" in outcome.failure.message
