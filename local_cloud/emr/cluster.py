"""A cluster's life: STARTING -> RUNNING <-> WAITING -> TERMINATING -> TERMINATED(_WITH_ERRORS).

Everything here is called within the schedule's `changing`, except by the timers, which take it.
"""

from __future__ import annotations

import logging
import threading
from datetime import datetime
from typing import TYPE_CHECKING, Any

from moto.core.utils import utcnow
from moto.emr import models as moto_emr
from moto.emr.exceptions import ValidationException

from local_cloud.emr.runner import Outcome, StepRequest
from local_cloud.emr.step import LocalStep, isoformat, moment

if TYPE_CHECKING:
    from local_cloud.emr.schedule import StepSchedule

log = logging.getLogger(__name__)

# Long enough for a caller to meet a cluster that is not ready yet, as it always is on EMR.
STARTUP_SECONDS = 0.5
OVER = ("TERMINATED", "TERMINATED_WITH_ERRORS")


class LocalCluster(moto_emr.Cluster):
    """moto's cluster, with a life that depends on its steps."""

    steps: list[LocalStep]  # type: ignore[assignment]  # moto's own type is its own Step
    state: str | None = "STARTING"

    def __init__(
        self, backend: moto_emr.ElasticMapReduceBackend, schedule: StepSchedule, **attributes: Any
    ) -> None:
        self._schedule = schedule
        self._request = {**attributes, "steps": []}
        self._reason = {"Message": "Provisioning Amazon EC2 capacity"}
        self._final_state = "TERMINATED"
        self._idle_timeout: int | None = None
        self._idle_since: datetime | None = None
        super().__init__(backend, **attributes)

    # What moto calls.

    @property
    def status(self) -> dict[str, Any]:
        return {**super().status, "StateChangeReason": self._reason}

    def run_bootstrap_actions(self) -> None:
        """Nothing at creation: `launch` follows when moto has built the cluster completely."""

    def add_steps(self, steps: list[dict[str, Any]]) -> list[LocalStep]:  # type: ignore[override]
        """Add PENDING steps; raises moto's ValidationException on a cluster that ends."""
        if self.ending:
            raise ValidationException(
                "A job flow that is shutting down, terminated, or finished may not be modified."
            )
        added = [LocalStep(step) for step in steps]
        self.steps.extend(added)
        return added

    def terminate(self) -> None:
        """What TerminateJobFlows does."""
        self._shut_down("USER_REQUEST", "Terminated by user request")

    # What this endpoint calls.

    @property
    def ending(self) -> bool:
        return self.state == "TERMINATING" or self.over

    @property
    def over(self) -> bool:
        return self.state in OVER

    def launch(self, idle_timeout: int | None) -> None:
        """Get ready in a moment; `idle_timeout` is AutoTerminationPolicy's, in seconds."""
        self._idle_timeout = idle_timeout
        if self.bootstrap_actions:
            log.warning(
                "bootstrap actions of cluster %s are not run: "
                "steps use the Python environment of this server",
                self.id,
            )
        self._after(STARTUP_SECONDS, self._open)

    def record(self) -> dict[str, Any]:
        """What `resume` needs, for JSON."""
        return {
            "id": self.id,
            "account": self.emr_backend.account_id,
            "region": self.emr_backend.region_name,
            "request": {**self._request, "step_concurrency_level": self.step_concurrency_level},
            "tags": self._tags,
            "idle_timeout": self._idle_timeout,
            "state": self.state,
            "reason": self._reason,
            "final_state": self._final_state,
            "created": self.creation_datetime.isoformat(),
            "ready": isoformat(self.ready_datetime),
            "ended": isoformat(self.end_datetime),
            "steps": [step.record() for step in self.steps],
        }

    def resume(self, record: dict[str, Any]) -> None:
        """Be the cluster of a record, and go on."""
        self.add_tags(record["tags"])
        self._idle_timeout = record["idle_timeout"]
        self.state, self._reason = record["state"], record["reason"]
        self._final_state = record["final_state"]
        self.creation_datetime = datetime.fromisoformat(record["created"])
        self.ready_datetime = moment(record["ready"])
        self.end_datetime = moment(record["ended"])
        self.steps = [LocalStep.resumed(step) for step in record["steps"]]
        if self.state == "STARTING":
            self._after(STARTUP_SECONDS, self._open)
        self.settle()

    def suspend(self) -> None:
        """End what runs; nothing is changed, so that it runs again after `resume`."""
        for step in self.steps:
            if step.run is not None:
                step.run.end()

    def next_step(self) -> LocalStep | None:
        """The oldest step that may start now, as far as this cluster is concerned."""
        if self.state not in ("RUNNING", "WAITING"):
            return None
        if sum(step.running for step in self.steps) >= self.step_concurrency_level:
            return None
        return next((step for step in self.steps if step.pending), None)

    def request(self, step: LocalStep) -> StepRequest:
        """What is to be run for a step."""
        return StepRequest(self.id, step.id, step.jar, tuple(step.args), self.log_uri)

    def finish_step(self, step: LocalStep, outcome: Outcome) -> None:
        """Record how a step ended and do what follows from that."""
        step.finish(outcome)
        if step.failed and step.action_on_failure in ("TERMINATE_CLUSTER", "TERMINATE_JOB_FLOW"):
            self._final_state = "TERMINATED_WITH_ERRORS"
            self._shut_down("STEP_FAILURE", "Shut down as step failed")
        elif step.failed and step.action_on_failure == "CANCEL_AND_WAIT":
            self._cancel_pending()
        self.settle()

    def settle(self) -> None:
        """Take the state that follows from the steps' states."""
        if self.state == "STARTING" or self.over:
            return
        if self.state == "TERMINATING":
            if not any(step.running for step in self.steps):
                self.state = self._final_state
                self.end_datetime = utcnow()
        elif any(step.pending or step.running for step in self.steps):
            self._become("RUNNING", "Running step")
            self._idle_since = None
        elif self.keep_job_flow_alive_when_no_steps:
            self._wait_for_steps()
        else:
            errors = " with errors" if any(step.failed for step in self.steps) else ""
            self._shut_down("ALL_STEPS_COMPLETED", f"Steps completed{errors}")

    def _become(self, state: str, message: str) -> None:
        self.state = state
        self._reason = {"Message": message}

    def _open(self) -> None:
        if self.state == "STARTING":
            self.ready_datetime = utcnow()
            self._become("WAITING", "Cluster ready to run steps.")
            self.settle()
            self._schedule.dispatch()

    def _wait_for_steps(self) -> None:
        if self._idle_since is not None:
            return
        self._become("WAITING", "Cluster ready to run steps.")
        self._idle_since = idle_since = utcnow()
        if self._idle_timeout is not None:
            # Steps in between reset _idle_since, which makes this timer's visit void.
            self._after(self._idle_timeout, lambda: self._end_idling(idle_since))

    def _end_idling(self, idle_since: datetime) -> None:
        if self._idle_since == idle_since:
            self._shut_down(
                "USER_REQUEST", f"Auto-terminated after {self._idle_timeout} idle seconds"
            )

    def _shut_down(self, code: str, message: str) -> None:
        if self.ending:
            return
        log.info("cluster %s ends: %s", self.id, message)
        self.state = "TERMINATING"
        self._idle_since = None
        self._reason = {"Code": code, "Message": message}
        self._cancel_pending()
        self.suspend()
        self.settle()

    def _cancel_pending(self) -> None:
        for step in self.steps:
            if step.pending:
                step.finish(Outcome("CANCELLED"))

    def _after(self, seconds: float, action: Any) -> None:
        def locked() -> None:
            with self._schedule.changing():
                action()

        timer = threading.Timer(seconds, locked)
        timer.daemon = True
        timer.start()
