"""moto's EMR Serverless backend over applications that start and jobs that run.

moto finds the routes of a backend in the `urls` module beside its `models` module.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, cast

from moto.emrserverless import models as moto_serverless
from moto.emrserverless.exceptions import (
    AccessDeniedException,
    ResourceNotFoundException,
    ValidationException,
)

from local_cloud.emr.schedule import StepSchedule
from local_cloud.emr_serverless.application import LocalApplication
from local_cloud.emr_serverless.job import LocalJob

# moto knows those of before Spark 4 alone.
RELEASE_LABEL = re.compile(r"emr-(spark-)?\d+\.\d+\.\d+")
OFFERED = "emr-spark-8.0.0"
SHORTEST_TIMEOUT_MINUTES = 5


class LocalServerlessBackend(moto_serverless.EMRServerlessBackend):
    """The API's calls; the schedule's lock is held around each."""

    # moto itself creates backends, one per account and region, and passes no more than those two.
    schedule: ClassVar[StepSchedule]

    applications: dict[str, LocalApplication]  # type: ignore[assignment]  # moto's are its own

    def create_application(self, **attributes: Any) -> LocalApplication:  # type: ignore[override]
        """Raises moto's ValidationException on what EMR Serverless would refuse."""
        if attributes["application_type"].upper() != "SPARK":
            raise ValidationException("Only applications of type SPARK are run here.")
        if not RELEASE_LABEL.fullmatch(attributes["release_label"]):
            raise ValidationException(f"No release has the label {attributes['release_label']!r}.")
        attributes |= {"account_id": self.account_id, "region_name": self.region_name}
        return self._add(LocalApplication(self.schedule, attributes))

    def provide(self, application_id: str) -> None:
        """Have an application of that id, as CloudFormation would have made it."""
        if application_id in self.applications:
            return
        attributes = {
            "name": "verger",
            "release_label": OFFERED,
            "application_type": "SPARK",
            "client_token": application_id,
            **dict.fromkeys(("initial_capacity", "maximum_capacity", "tags")),
            **dict.fromkeys(("auto_start_configuration", "auto_stop_configuration")),
            "network_configuration": None,
            "account_id": self.account_id,
            "region_name": self.region_name,
        }
        self._add(_with_id(LocalApplication(self.schedule, attributes), application_id))

    def resume(self, record: dict[str, Any]) -> None:
        """An application as an earlier server knew it; jobs that ran then wait to run again."""
        application = _with_id(LocalApplication(self.schedule, record["attributes"]), record["id"])
        self._add(application).resume(record)

    def start_application(self, application_id: str) -> None:
        self._application(application_id).start()

    def stop_application(self, application_id: str) -> None:
        self._application(application_id).stop()

    def start_job_run(self, **request: Any) -> LocalJob:  # type: ignore[override]
        """The job of a client token that is known already, else a new one."""
        application = self._application(request["application_id"])
        token = request["client_token"]
        for job in application.jobs:
            if job.client_token == token:
                return job
        if request["execution_role_arn"].split(":")[4] != self.account_id:
            raise AccessDeniedException("Cross-account pass role is not allowed.")
        minutes = request["execution_timeout_minutes"]
        if minutes and minutes < SHORTEST_TIMEOUT_MINUTES:
            raise ValidationException("RunTimeout must be at least 5 minutes.")
        job = LocalJob(
            {
                **request,
                "account_id": self.account_id,
                "region_name": self.region_name,
                "release_label": application.release_label,
                "application_type": application.type,
                "network_configuration": application.network_configuration,
            }
        )
        application.submit(job)
        self.schedule.dispatch()
        return job

    def get_job_run(self, application_id: str, job_run_id: str) -> LocalJob:
        for job in self._application(application_id).jobs:
            if job.id == job_run_id:
                return job
        raise ResourceNotFoundException(job_run_id, "JobRun")

    def cancel_job_run(self, application_id: str, job_run_id: str) -> tuple[str, str]:
        job = self.get_job_run(application_id, job_run_id)
        if job.over:
            raise ValidationException(f"Job run {job_run_id} is {job.state} already.")
        job.cancel()
        self._application(application_id).settle()
        self.schedule.dispatch()
        return application_id, job_run_id

    def list_job_runs(  # type: ignore[override]
        self, application_id: str, states: list[str] | None, **between: Any
    ) -> list[LocalJob]:
        """Newest first."""
        after, before = between["created_at_after"], between["created_at_before"]
        return [
            job
            for job in reversed(self._application(application_id).jobs)
            if (not states or job.state in states)
            and (not after or job.created_at > after)
            and (not before or job.created_at < before)
        ]

    def _add(self, application: LocalApplication) -> LocalApplication:
        self.applications[application.id] = application
        self.schedule.enrol(application)
        return application

    def _application(self, application_id: str) -> LocalApplication:
        return cast(LocalApplication, self.get_application(application_id))


def _with_id(application: LocalApplication, application_id: str) -> LocalApplication:
    application.arn = application.arn.replace(application.id, application_id)
    application.id = application_id
    return application


def backend_of(record: Mapping[str, Any]) -> LocalServerlessBackend:
    """The backend of a record's account and region."""
    of_account = moto_serverless.emrserverless_backends[record["account"]]
    return cast(LocalServerlessBackend, of_account[record["region"]])
