"""An application's life, without a server: it starts with a job, stops when idle, starts again."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from moto.emrserverless.exceptions import ValidationException

from local_cloud.emr.runner import Outcome
from local_cloud.emr.schedule import StepSchedule
from local_cloud.emr.settings import Settings
from local_cloud.emr_serverless.application import LocalApplication
from local_cloud.emr_serverless.job import LocalJob

HERE = {"account_id": "123456789012", "region_name": "eu-west-3"}


@pytest.fixture
def schedule(tmp_path: Path) -> Iterator[StepSchedule]:
    """Nothing is enrolled in it, so that nothing is executed."""
    made = StepSchedule(Settings(port=0, work=tmp_path, spark_submit=Path("/none")))
    yield made
    made.close()


def application(schedule: StepSchedule, **options: Any) -> LocalApplication:
    attributes: dict[str, Any] = {
        **dict.fromkeys(("initial_capacity", "maximum_capacity", "network_configuration")),
        **dict.fromkeys(("auto_start_configuration", "auto_stop_configuration", "tags")),
        **{"name": "a", "release_label": "emr-spark-8.0.0", "application_type": "SPARK"},
        **{"client_token": "t", **HERE, **options},
    }
    return LocalApplication(schedule, attributes)


def made_job() -> LocalJob:
    spark = {"sparkSubmit": {"entryPoint": "s3://code/step.py"}}
    names = ("configuration_overrides", "tags", "network_configuration", "name")
    return LocalJob(
        {
            **dict.fromkeys((*names, "execution_timeout_minutes")),
            **{"application_id": "a", "client_token": "t", "execution_role_arn": "r"},
            **{"release_label": "emr-spark-8.0.0", "application_type": "Spark"},
            **{"job_driver": spark, **HERE},
        }
    )


def soon(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_an_application_starts_with_its_first_job_which_waits_for_it(
    schedule: StepSchedule,
) -> None:
    made, job = application(schedule), made_job()
    assert made.state == "CREATED"
    with schedule.changing():
        made.submit(job)
        assert (made.state, job.state, made.next_step()) == ("STARTING", "SUBMITTED", None)
    soon(lambda: made.state == "STARTED")
    assert (job.state, made.next_step()) == ("PENDING", job)


def test_one_that_does_not_start_by_itself_refuses_jobs(schedule: StepSchedule) -> None:
    made = application(schedule, auto_start_configuration={"enabled": False})
    with pytest.raises(ValidationException, match="start it first"):
        made.submit(made_job())
    made.start()
    soon(lambda: made.state == "STARTED")
    made.submit(made_job())
    assert len(made.jobs) == 1


def test_it_stops_when_it_is_idle_and_starts_again(schedule: StepSchedule) -> None:
    idle = {"enabled": True, "idleTimeoutMinutes": 0.01}
    made, job = application(schedule, auto_stop_configuration=idle), made_job()
    made.submit(job)
    soon(lambda: made.state == "STARTED")
    with pytest.raises(ValidationException, match="cancel them first"):
        made.stop()
    with schedule.changing():
        made.finish_step(job, Outcome("COMPLETED"))
    assert job.state == "SUCCESS"
    soon(lambda: made.state == "STOPPED")
    made.submit(made_job())
    soon(lambda: made.state == "STARTED")
