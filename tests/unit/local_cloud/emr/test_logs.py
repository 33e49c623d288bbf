"""A step's logs and what must not be in them."""

from pathlib import Path

import pytest

from local_cloud.emr.logs import LONGEST_TAIL, StepLogs, step_log_uri
from local_cloud.emr.secrecy import redacted


def test_logs_lie_where_emr_puts_them() -> None:
    expected = "s3://b/logs/j-1/steps/s-1"
    assert step_log_uri("s3://b/logs/", "j-1", "s-1") == expected
    assert step_log_uri("s3://b/logs", "j-1", "s-1") == expected
    assert step_log_uri(None, "j-1", "s-1") is None


def test_a_log_uri_outside_s3_is_warned_about_and_ignored(caplog: pytest.LogCaptureFixture) -> None:
    assert step_log_uri("file:///tmp/logs", "j-1", "s-1") is None
    assert "file:///tmp/logs is not in S3" in caplog.text


def test_credentials_of_the_environment_are_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "plum-and-pear")
    assert redacted("key=plum-and-pear.") == "key=********."


def test_placeholder_credentials_do_not_garble_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    assert redacted("the latest test") == "the latest test"


def test_the_tail_of_a_long_error_log_is_its_last_whole_lines(tmp_path: Path) -> None:
    lines = [f"line {number}" for number in range(1000)]
    (tmp_path / "stdout").write_text("\n".join(lines) + "\n")
    tail = StepLogs(tmp_path, None).error_tail()
    assert len(tail) <= LONGEST_TAIL
    assert tail.splitlines() == lines[-len(tail.splitlines()) :]
    assert len(tail.splitlines()) > 50


def test_without_a_word_from_the_application_spark_complains_in_its_own_log(tmp_path: Path) -> None:
    (tmp_path / "stdout").touch()
    (tmp_path / "stderr").write_text(
        "WARNING: Using incubator modules: jdk.incubator.vector\n"
        'Exception in thread "main" org.apache.spark.SparkException: no such class\n'
        "\tat org.apache.spark.deploy.SparkSubmit.main(SparkSubmit.scala)\n"
        "26/11/24 01:48:29 INFO ShutdownHookManager: Shutdown hook called\n"
    )
    logs = StepLogs(tmp_path, "s3://b/logs/j-1/steps/s-1")
    assert logs.error_tail() == (
        'Exception in thread "main" org.apache.spark.SparkException: no such class'
    )
    assert logs.location(logs.telling()) == "s3://b/logs/j-1/steps/s-1/stderr.gz"
