"""A job run as EMR Serverless' API shows it, and what is executed for it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from moto.core.utils import utcnow
from moto.emrserverless import models as moto_serverless
from moto.emrserverless.exceptions import ValidationException

from local_cloud.emr.blueprint import meaningful
from local_cloud.emr.node import Node
from local_cloud.emr.outcome import Outcome, StepRequest
from local_cloud.emr.runner import StepRun
from local_cloud.emr.step import INTERRUPTED, MOST_INTERRUPTIONS, isoformat, moment

# Docs: EMR Serverless User Guide, "Job run states".
OVER = ("SUCCESS", "FAILED", "CANCELLED")
REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")
# Variables of the driver, among a job's settings; Spark knows none of these names.
DRIVER = "spark.emr-serverless.driverEnv."
ARCHIVES = "spark.archives"
STATES = {"COMPLETED": "SUCCESS", "FAILED": "FAILED", "CANCELLED": "CANCELLED"}


@dataclass(frozen=True)
class JobRequest(StepRequest):
    """A job in the shape of a step: the application is its cluster."""

    log_names: ClassVar[tuple[str, ...]] = ("stdout", "stderr")

    @property
    def logs(self) -> str | None:
        """<logUri>/applications/<application>/jobs/<job>/SPARK_DRIVER."""
        if not self.log_uri:
            return None
        place = f"applications/{self.cluster_id}/jobs/{self.step_id}/SPARK_DRIVER"
        return f"{self.log_uri.rstrip('/')}/{place}"


class LocalJob(moto_serverless.JobRun):
    """moto's job run with an execution behind it.

    SUBMITTED -> PENDING -> SCHEDULED -> RUNNING -> SUCCESS, FAILED or, by CANCELLING, CANCELLED.
    """

    def __init__(self, request: Mapping[str, Any]) -> None:
        """`request` has the arguments of moto's job run. Raises ValidationException."""
        self._request = dict(request)
        self._known = "SUBMITTED"
        self._interruptions = 0
        self.run: StepRun | None = None
        self.ended_at: datetime | None = None
        self.started_at: datetime | None = None
        super().__init__(**request)
        self.created_at = self.updated_at = utcnow()
        spark = (request["job_driver"] or {}).get("sparkSubmit")
        if not spark:
            raise ValidationException("jobDriver.sparkSubmit is required by a Spark application.")
        self._spark: Mapping[str, Any] = spark

    @property
    def state(self) -> str:
        """RUNNING begins when the program does: before, its files are fetched."""
        if self._known == "SCHEDULED" and self.run is not None and self.run.launched:
            return "RUNNING"
        return self._known

    @state.setter
    def state(self, state: str) -> None:
        """moto says at once that a job has succeeded; here the schedule decides."""

    @property
    def creation_date_time(self) -> datetime:
        """For the schedule, which starts the oldest first."""
        return self.created_at

    @property
    def over(self) -> bool:
        return self._known in OVER

    @property
    def waits(self) -> bool:
        return self._known in ("SUBMITTED", "PENDING")

    def execution(self, worker: Node) -> JobRequest:
        """What is to be run on a worker: the job as a spark-submit."""
        spark = self._spark
        words = [
            *("spark-submit", *shlex.split(spark.get("sparkSubmitParameters") or "")),
            *(spark["entryPoint"], *(spark.get("entryPointArguments") or ())),
        ]
        place = (self.application_id, self.id, "command-runner.jar", tuple(words), self._log_uri())
        # Unlike a cluster's nodes, workers of an application are told their region: this server's.
        told = {name: os.environ[name] for name in REGIONS if name in os.environ}
        settings = meaningful(self._defaults())
        for name in [name for name in settings if name.startswith(DRIVER)]:
            told[name.removeprefix(DRIVER)] = settings.pop(name)
        archives = filter(None, settings.pop(ARCHIVES, "").split(","))
        return JobRequest(
            *place,
            environment=worker.here(told),
            settings=worker.here(settings),
            archives=tuple(archives),
        )

    def accept(self) -> None:
        """SUBMITTED -> PENDING: its application is up."""
        if self._known == "SUBMITTED":
            self._become("PENDING")

    def begin(self, run: StepRun) -> None:
        """PENDING -> SCHEDULED."""
        self.run = run
        self.started_at = utcnow()
        self._become("SCHEDULED")

    def cancel(self) -> None:
        """CANCELLED where it waits, else CANCELLING until its processes have ended."""
        if self.waits:
            self.finish(Outcome("CANCELLED"))
        elif self.run is not None:
            self._become("CANCELLING")
            self.run.end()

    def finish(self, outcome: Outcome) -> None:
        """To its last state."""
        self.run = None
        self.ended_at = outcome.ended or utcnow()
        if outcome.failure:
            failure = outcome.failure
            self.state_details = f"{failure.reason}: {failure.message} ({failure.log_file})"
        # A program that ends well in spite of its cancellation has been cancelled all the same.
        cancelled = self._known == "CANCELLING"
        self._become("CANCELLED" if cancelled else STATES[outcome.state])

    def record(self) -> dict[str, Any]:
        """What `resumed` needs, for JSON."""
        return {
            "request": self._request,
            "id": self.id,
            "state": self._known,
            "details": self.state_details,
            "created": self.created_at.isoformat(),
            "started": isoformat(self.started_at),
            "ended": isoformat(self.ended_at),
            "interruptions": self._interruptions,
        }

    @classmethod
    def resumed(cls, record: Mapping[str, Any]) -> LocalJob:
        """The job of a record. What ran when the server ended is to run again, once."""
        job = cls(record["request"])
        job.arn = job.arn.replace(job.id, record["id"])
        job.id, job._known, job.state_details = record["id"], record["state"], record["details"]
        job.created_at = job.updated_at = datetime.fromisoformat(record["created"])
        job.started_at, job.ended_at = moment(record["started"]), moment(record["ended"])
        job._interruptions = record["interruptions"]
        if job._known == "CANCELLING":
            job.finish(Outcome("CANCELLED"))
        elif job._known == "SCHEDULED" and job._interruptions < MOST_INTERRUPTIONS:
            job._interruptions += 1
            job._known = "PENDING"
        elif job._known == "SCHEDULED":
            job.finish(Outcome("FAILED", INTERRUPTED))
        return job

    def _become(self, state: str) -> None:
        self._known = state
        self.updated_at = utcnow()

    def _defaults(self) -> dict[str, str]:
        overrides = self.configuration_overrides or {}
        found: dict[str, str] = {}
        given: Any = overrides.get("applicationConfiguration") or ()
        for of in given:
            if of["classification"] == "spark-defaults":
                found |= of.get("properties", {})
        return found

    def _log_uri(self) -> str | None:
        overrides = self.configuration_overrides or {}
        monitoring: Any = overrides.get("monitoringConfiguration") or {}
        uri = (monitoring.get("s3MonitoringConfiguration") or {}).get("logUri")
        return str(uri) if uri else None
