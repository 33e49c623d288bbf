"""The options of the local EMR endpoint."""

from pathlib import Path

import pytest

from local_cloud.emr.options import REQUIRED_ENVIRONMENT, parse_settings
from local_cloud.emr.settings import LOOPBACK_NAMES, Settings


@pytest.fixture(autouse=True)
def local_s3_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in REQUIRED_ENVIRONMENT:
        monkeypatch.setenv(name, "http://127.0.0.1:1")


def refusal(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ending:
        parse_settings(arguments)
    assert ending.value.code == 2
    return " ".join(capsys.readouterr().err.split())


def test_port_and_work_folder_are_enough(tmp_path: Path) -> None:
    settings = parse_settings(["--port", "0", "--work", str(tmp_path)])
    assert settings == Settings(port=0, work=tmp_path, spark_submit=settings.spark_submit)
    assert settings.spark_submit.exists()
    assert settings.host == "127.0.0.1"


def test_every_option_reaches_the_settings(tmp_path: Path) -> None:
    options = ["--port", "7", "--work", str(tmp_path), "--host", "::1", "--master", "local[3]"]
    names = ["--allowed-host", "emr", "--allowed-host", "emr.orchard"]
    limits = ["--step-timeout", "1.5", "--step-concurrency-cap", "4"]
    logs = ["--log-period", "2.5", "--log-delay", "0.5"]
    settings = parse_settings([*options, *names, *limits, *logs])
    assert settings == Settings(
        port=7,
        work=tmp_path,
        spark_submit=settings.spark_submit,
        host="::1",
        allowed_hosts=LOOPBACK_NAMES | {"emr", "emr.orchard"},
        master="local[3]",
        step_timeout=1.5,
        step_concurrency_cap=4,
        log_period=2.5,
        log_delay=0.5,
    )


def test_a_real_pace_takes_the_minutes_of_emr_and_single_waits_can_still_be_chosen(
    tmp_path: Path,
) -> None:
    needed = ["--port", "0", "--work", str(tmp_path)]
    real = parse_settings([*needed, "--pace", "real", "--log-delay", "2"])
    assert (real.startup, real.log_period, real.log_delay) == (300.0, 300.0, 2.0)
    quick = parse_settings(needed)
    assert quick.startup < 1


@pytest.mark.parametrize(
    ("option", "value", "reason"),
    [
        ("--port", "65536", "65536 is not a port"),
        ("--step-timeout", "0", "give seconds above 0"),
        ("--step-timeout", "nan", "give seconds above 0"),
        ("--step-concurrency-cap", "0", "give 1 or more"),
    ],
)
def test_a_value_out_of_range_is_refused_with_the_reason(
    option: str, value: str, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--port", "0", "--work", str(tmp_path), option, value]
    assert reason in refusal(arguments, capsys)


@pytest.mark.parametrize("name", REQUIRED_ENVIRONMENT)
def test_without_a_local_s3_server_in_the_environment_it_does_not_start(
    name: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(name)
    assert f"set {name} in the environment" in refusal(
        ["--port", "0", "--work", str(tmp_path)], capsys
    )
