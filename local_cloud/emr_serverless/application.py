"""A serverless application: it starts with its first job, stops when idle, starts again.

Everything here is called within the schedule's `changing`, except by the timers, which take it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from moto.core.utils import utcnow
from moto.emrserverless import models as moto_serverless
from moto.emrserverless.exceptions import ValidationException

from local_cloud.emr.node import Node
from local_cloud.emr.outcome import Outcome
from local_cloud.emr_serverless.job import JobRequest, LocalJob

if TYPE_CHECKING:
    from local_cloud.emr.schedule import StepSchedule

# Long enough for a caller to meet a job that only waits, as it always does on AWS.
STARTUP_SECONDS = 0.5
KIND = "serverless application"


class LocalApplication(moto_serverless.Application):
    """moto's application, whose jobs are executed."""

    def __init__(self, schedule: StepSchedule, attributes: dict[str, Any]) -> None:
        self._schedule = schedule
        self._attributes = attributes
        super().__init__(**attributes)
        self.created_at = self.updated_at = utcnow()
        self.state = "CREATED"
        self.jobs: list[LocalJob] = []
        self._idle_looks = 0

    @property
    def over(self) -> bool:
        return self.state == "TERMINATED"

    def start(self) -> None:
        """Get ready in a moment; no news for one that is."""
        if self.over:
            raise ValidationException(f"Application {self.id} is terminated.")
        if self.state in ("CREATED", "STOPPED"):
            self.state = "STARTING"
            self._after(STARTUP_SECONDS, self._open)

    def stop(self) -> None:
        """What StopApplication does: only an application without work can be stopped."""
        if any(not job.over for job in self.jobs):
            raise ValidationException(
                f"Application {self.id} has job runs that have not ended: cancel them first."
            )
        self.state = "STOPPED"

    def submit(self, job: LocalJob) -> None:
        """One more job, which starts the application where that is its way."""
        if self.over:
            raise ValidationException(f"Application {self.id} is terminated. Cannot start job run.")
        if self.state != "STARTED":
            # moto's own default is a dict, too, whatever it is annotated as.
            automatic: Any = self.auto_start_configuration
            if not automatic.get("enabled", True):
                raise ValidationException(
                    f"Application {self.id} is {self.state} and does not start with its jobs: "
                    "start it first."
                )
            self.start()
        self.jobs.append(job)
        self.settle()

    # What the schedule calls.

    def next_step(self) -> LocalJob | None:
        """The oldest job that may start now, as far as this application is concerned."""
        if self.state != "STARTED":
            return None
        return next((job for job in self.jobs if job.waits), None)

    def request(self, step: LocalJob) -> JobRequest:
        """What is to be run for a job."""
        return step.execution(Node(self._schedule.settings.work / self.id / "disk"))

    def finish_step(self, step: LocalJob, outcome: Outcome) -> None:
        """Record how a job ended."""
        step.finish(outcome)
        self.settle()

    def record(self) -> dict[str, Any]:
        """What `resume` needs, for JSON."""
        return {
            "kind": KIND,
            "id": self.id,
            "attributes": self._attributes,
            "account": self._attributes["account_id"],
            "region": self._attributes["region_name"],
            "state": self.state,
            "created": self.created_at.isoformat(),
            "jobs": [job.record() for job in self.jobs],
        }

    def resume(self, record: dict[str, Any]) -> None:
        """Be the application of a record, and go on."""
        self.jobs = [LocalJob.resumed(job) for job in record["jobs"]]
        self.state = record["state"]
        if self.state == "STARTING":
            self._after(STARTUP_SECONDS, self._open)
        self.settle()

    def terminate(self) -> None:
        """End its jobs; no server follows that could go on with them."""
        for job in self.jobs:
            job.cancel()

    def suspend(self) -> None:
        """End what runs; nothing is changed, so that it runs again after `resume`."""
        for job in self.jobs:
            if job.run is not None:
                job.run.end()

    def settle(self) -> None:
        """Take the state that follows from the jobs' states."""
        if self.state != "STARTED":
            return
        for job in self.jobs:
            job.accept()
        self._idle_looks += 1
        if all(job.over for job in self.jobs):
            automatic: Any = self.auto_stop_configuration
            look = self._idle_looks
            if automatic.get("enabled", True):
                seconds = 60.0 * automatic.get("idleTimeoutMinutes", 15)
                self._after(seconds, lambda: self._end_idling(look))

    def _open(self) -> None:
        if self.state == "STARTING":
            self.state = "STARTED"
            self.settle()
            self._schedule.dispatch()

    def _end_idling(self, look: int) -> None:
        if self._idle_looks == look and self.state == "STARTED":
            self.state = "STOPPED"

    def _after(self, seconds: float, action: Callable[[], None]) -> None:
        def locked() -> None:
            with self._schedule.changing():
                action()

        timer = threading.Timer(seconds, locked)
        timer.daemon = True
        timer.start()
