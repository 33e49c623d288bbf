"""A cluster's life: STARTING -> BOOTSTRAPPING -> RUNNING <-> WAITING -> TERMINATING -> the end.

Everything here is called within the schedule's `changing`, except by the timers, which take it.
"""

from __future__ import annotations

import logging
import shutil
import signal
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

from moto.core.utils import utcnow
from moto.emr import models as moto_emr
from moto.emr.exceptions import ValidationException

from local_cloud.emr.blueprint import NO_ROOM, Blueprint
from local_cloud.emr.bootstrap import run_actions
from local_cloud.emr.node import Node
from local_cloud.emr.outcome import Outcome, StepRequest
from local_cloud.emr.processes import Leashed
from local_cloud.emr.records import RecordedCluster
from local_cloud.emr.step import LocalStep
from local_cloud.emr.timing import Schedule, after

log = logging.getLogger(__name__)

COMING = ("STARTING", "BOOTSTRAPPING")
OVER = ("TERMINATED", "TERMINATED_WITH_ERRORS")


class LocalCluster(RecordedCluster):
    """moto's cluster, with a life that depends on its steps."""

    state: str | None = "STARTING"

    def __init__(
        self, backend: moto_emr.ElasticMapReduceBackend, schedule: Schedule, **attributes: Any
    ) -> None:
        self._schedule = schedule
        self.asked = {**attributes, "steps": []}
        self.reason = {"Message": "Provisioning Amazon EC2 capacity"}
        self.final_state = "TERMINATED"
        self.blueprint = Blueprint()
        self._bootstrapping = Leashed()
        self._idle_since: datetime | None = None
        super().__init__(backend, **attributes)

    @property
    def status(self) -> dict[str, Any]:
        return {**super().status, "StateChangeReason": self.reason}

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

    @property
    def ending(self) -> bool:
        return self.state == "TERMINATING" or self.over

    @property
    def over(self) -> bool:
        return self.state in OVER

    def launch(self, blueprint: Blueprint) -> None:
        """Get ready in a moment, or find no room in the account."""
        self.blueprint = blueprint
        after(self._schedule, self._schedule.settings.startup, self._bootstrap)

    def resume(self, record: dict[str, Any]) -> None:
        """Be the cluster of a record, and go on."""
        self.restore(record)
        if self.state in COMING:
            self.state = "STARTING"
            after(self._schedule, self._schedule.settings.startup, self._bootstrap)
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
        place = (self.id, step.id, step.jar, tuple(step.args), self.log_uri)
        wanted, here = self.blueprint, self._node.here
        return StepRequest(
            *place, here(wanted.environment), here(wanted.settings), wanted.unfitting
        )

    def finish_step(self, step: LocalStep, outcome: Outcome) -> None:
        """Record how a step ended and do what follows from that."""
        step.finish(outcome)
        if step.failed and step.action_on_failure in ("TERMINATE_CLUSTER", "TERMINATE_JOB_FLOW"):
            self._fail("STEP_FAILURE", "Shut down as step failed")
        elif step.failed and step.action_on_failure == "CANCEL_AND_WAIT":
            self._cancel_pending()
        self.settle()

    def settle(self) -> None:
        """Take the state that follows from the steps' states."""
        if self.state in COMING or self.over:
            return
        if self.state == "TERMINATING":
            if not any(step.running for step in self.steps):
                self.state = self.final_state
                self.end_datetime = utcnow()
                self._wipe()
        elif any(step.pending or step.running for step in self.steps):
            self._become("RUNNING", "Running step")
            self._idle_since = None
        elif self.keep_job_flow_alive_when_no_steps:
            self._wait_for_steps()
        else:
            errors = " with errors" if any(step.failed for step in self.steps) else ""
            self._shut_down("ALL_STEPS_COMPLETED", f"Steps completed{errors}")

    @property
    def _folder(self) -> Path:
        return self._schedule.settings.work / str(self.id)

    @property
    def _node(self) -> Node:
        return Node(self._folder / "disk")

    def _wipe(self) -> None:
        """The node's disk goes with the node; not while everybody waits."""
        wiping = threading.Thread(target=shutil.rmtree, args=(self._node.disk, True), daemon=True)
        wiping.start()

    def _become(self, state: str, message: str) -> None:
        self.state = state
        self.reason = {"Message": message}

    def _bootstrap(self) -> None:
        if self.state != "STARTING":
            return
        quota = self._schedule.settings.vcpu_quota
        if quota is not None and self.blueprint.vcpus > quota:
            self._fail("VALIDATION_ERROR", NO_ROOM.format(quota=quota))
            return
        self._become("BOOTSTRAPPING", "Running bootstrap actions")
        threading.Thread(target=self._run_bootstrap_actions, daemon=True).start()

    def _run_bootstrap_actions(self) -> None:
        """Without the lock: they may take their time."""
        failed = run_actions(
            self.blueprint, self._node, self._folder / "bootstrap-actions", self._bootstrapping
        )
        with self._schedule.changing():
            if self.over:
                self._wipe()
            elif failed and self.state == "BOOTSTRAPPING":
                self._fail("BOOTSTRAP_FAILURE", failed)
            else:
                self._open()

    def _fail(self, code: str, message: str) -> None:
        self.final_state = "TERMINATED_WITH_ERRORS"
        self._shut_down(code, message)

    def _open(self) -> None:
        if self.state == "BOOTSTRAPPING":
            self.ready_datetime = utcnow()
            self._become("WAITING", "Cluster ready to run steps.")
            self.settle()
            self._schedule.dispatch()

    def _wait_for_steps(self) -> None:
        if self._idle_since is not None:
            return
        self._become("WAITING", "Cluster ready to run steps.")
        self._idle_since = idle_since = utcnow()
        if self.blueprint.idle_timeout is not None:
            # Steps in between reset _idle_since, which makes this timer's visit void.
            after(self._schedule, self.blueprint.idle_timeout, lambda: self._end_idling(idle_since))

    def _end_idling(self, idle_since: datetime) -> None:
        if self._idle_since == idle_since:
            self._shut_down(
                "USER_REQUEST",
                f"Auto-terminated after {self.blueprint.idle_timeout} idle seconds",
            )

    def _shut_down(self, code: str, message: str) -> None:
        if self.ending:
            return
        log.info("cluster %s ends: %s", self.id, message)
        self.state = "TERMINATING"
        self._idle_since = None
        self.reason = {"Code": code, "Message": message}
        self._cancel_pending()
        self._bootstrapping.stop(signal.SIGTERM)
        self.suspend()
        self.settle()

    def _cancel_pending(self) -> None:
        for step in self.steps:
            if step.pending:
                step.finish(Outcome("CANCELLED"))
