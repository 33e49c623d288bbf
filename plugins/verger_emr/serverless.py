"""Stages as job runs of an EMR Serverless application, which is there before any run."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.hooks.emr import EmrServerlessHook
from airflow.providers.amazon.aws.links.emr import EmrServerlessS3LogsLink
from airflow.sdk.exceptions import AirflowFailException
from botocore.exceptions import ClientError

from verger_emr.backend import CANCELLED, DONE, FAILED, WORKING, Status, Wait
from verger_emr.cluster import LAKE, RUN
from verger_emr.step_log import StepLog
from verger_emr.triggers import EmrJobTrigger

if TYPE_CHECKING:
    from airflow.sdk import Context

# A job in one of these states is not submitted again: it is under way, or it did the work.
UNDER_WAY = ["SUBMITTED", "PENDING", "SCHEDULED", "QUEUED", "RUNNING"]
ADOPTED = [*UNDER_WAY, "SUCCESS"]
OVER = ["SUCCESS", "FAILED", "CANCELLING", "CANCELLED"]
PHASES = {"SUCCESS": DONE, "FAILED": FAILED, "CANCELLED": CANCELLED}
NOT_FOUND = "ResourceNotFoundException"


@dataclass(frozen=True)
class ServerlessJobs:
    """The job of one stage; `job` has StartJobRun's arguments but for the client token."""

    hook: EmrServerlessHook
    job: Mapping[str, Any]
    noun: str = "job"

    @property
    def _emr(self) -> Any:
        return self.hook.conn

    @property
    def _application(self) -> str:
        return str(self.job["applicationId"])

    def find(self) -> str | None:
        """The job of that name and with these tags that an earlier try left, the newest."""
        named = (job for job in self._named(ADOPTED) if self._has_tags(job["id"]))
        return next((str(job["id"]) for job in named), None)

    def submit(self) -> str:
        """Start the job. While it is under way, whoever submits it again gets the same one."""
        before = sorted(job["id"] for job in self._named(OVER))
        told = "\n".join([self.job["name"], self.job["tags"][LAKE], *before])
        token = hashlib.sha256(told.encode()).hexdigest()
        try:
            answer = self._emr.start_job_run(**self.job, clientToken=token)
        except ClientError as error:
            raise self._explained(error) from error
        return str(answer["jobRunId"])

    def status(self, work_id: str) -> Status:
        """GetJobRun's."""
        run = self._describe(work_id)
        phase = PHASES.get(run["state"], WORKING)
        ended = run.get("endedAt") or (None if phase == WORKING else run["updatedAt"])
        return Status(phase, run["state"], ended, str(run.get("stateDetails") or ""))

    def cancel(self, work_id: str) -> None:
        """End it; EMR gives its processes some seconds to tidy up."""
        self._emr.cancel_job_run(applicationId=self._application, jobRunId=work_id)

    def log(self, work_id: str) -> StepLog:
        """The driver's, below the job's logUri."""
        folder = f"applications/{self._application}/jobs/{work_id}/SPARK_DRIVER"
        return StepLog.at(self.hook.aws_conn_id, self._log_uri, folder)

    def trigger(self, work_id: str, wait: Wait) -> EmrJobTrigger:
        """One that cancels the job for a person."""
        return EmrJobTrigger(
            application_id=self._application,
            job_id=work_id,
            waiter_delay=wait.delay,
            waiter_max_attempts=wait.attempts,
            **wait.aws,
        )

    def link(self, context: Context, operator: Any, work_id: str) -> None:
        """To its logs."""
        EmrServerlessS3LogsLink.persist(
            context=context,
            operator=operator,
            region_name=self.hook.conn_region_name,
            aws_partition=self.hook.conn_partition,
            log_uri=self._log_uri,
            application_id=self._application,
            job_run_id=work_id,
        )

    @property
    def _log_uri(self) -> str:
        monitoring = self.job["configurationOverrides"]["monitoringConfiguration"]
        return str(monitoring["s3MonitoringConfiguration"]["logUri"])

    def _named(self, states: list[str]) -> list[dict[str, Any]]:
        """The jobs of that name, the newest first."""
        pages = self._emr.get_paginator("list_job_runs").paginate(
            applicationId=self._application, states=states
        )
        try:
            listed = [job for page in pages for job in page["jobRuns"]]
        except ClientError as error:
            raise self._explained(error) from error
        named = [job for job in listed if job.get("name") == self.job["name"]]
        return sorted(named, key=lambda job: job["createdAt"], reverse=True)

    def _has_tags(self, work_id: str) -> bool:
        """Whether it is of this lake: another Airflow may have a run of the same name."""
        tags = self._describe(work_id).get("tags", {})
        return all(tags.get(key) == value for key, value in self.job["tags"].items())

    def _describe(self, work_id: str) -> dict[str, Any]:
        answer = self._emr.get_job_run(applicationId=self._application, jobRunId=work_id)
        return dict(answer["jobRun"])

    def _explained(self, error: ClientError) -> Exception:
        """What a refusal means: an application that is gone is told in words that help."""
        if error.response["Error"]["Code"] not in (NOT_FOUND, "ValidationException"):
            return error
        if self._application_state() not in (None, "TERMINATED"):
            return error
        return AirflowFailException(
            f"the serverless application {self._application} is gone: set the Airflow variable "
            "verger_application from the stack's outputs and clear the task plan with its "
            "downstream tasks, or choose the backend cluster"
        )

    def _application_state(self) -> str | None:
        """The application's state, or None where EMR knows no such application."""
        try:
            answer = self._emr.get_application(applicationId=self._application)
        except ClientError as error:
            if error.response["Error"]["Code"] == NOT_FOUND:
                return None
            raise
        return str(answer["application"]["state"])


def jobs_under_way(emr: Any, application: str, run_id: str, lake: str) -> list[str]:
    """The ids of a run's jobs that have not ended and that nobody cancels."""
    pages = emr.get_paginator("list_job_runs").paginate(applicationId=application, states=UNDER_WAY)
    found = []
    for job in (job for page in pages for job in page["jobRuns"]):
        # The list has no tags.
        described = emr.get_job_run(applicationId=application, jobRunId=job["id"])["jobRun"]
        tags = described.get("tags", {})
        if (tags.get(RUN), tags.get(LAKE)) == (run_id, lake):
            found.append(str(job["id"]))
    return found
