"""A step as EMR's API shows it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from moto.core.utils import utcnow
from moto.emr import models as moto_emr

from local_cloud.emr.runner import Outcome, StepRun


class LocalStep(moto_emr.Step):
    """moto's step with a run behind it: PENDING -> RUNNING -> COMPLETED, FAILED or CANCELLED."""

    # moto never ends a step, so it knows no type for this but None.
    end_date_time: datetime | None  # type: ignore[assignment]

    def __init__(self, request: dict[str, Any]) -> None:
        """`request` is one of the API's StepConfig."""
        super().__init__(
            state="PENDING",
            name=request["Name"],
            hadoop_jar_step=request["HadoopJarStep"],
            action_on_failure=request.get("ActionOnFailure", "TERMINATE_CLUSTER"),
        )
        self.run: StepRun | None = None
        self._outcome: Outcome | None = None

    @property
    def pending(self) -> bool:
        return self.state == "PENDING"

    @property
    def running(self) -> bool:
        return self.state == "RUNNING"

    @property
    def failed(self) -> bool:
        return self.state == "FAILED"

    @property
    def status(self) -> dict[str, Any]:
        status = super().status
        status["StateChangeReason"] = {}  # EMR explains failed steps in FailureDetails only
        if self._outcome and self._outcome.failure:
            failure = self._outcome.failure
            status["FailureDetails"] = {
                "Reason": failure.reason,
                "Message": failure.message,
                "LogFile": failure.log_file,
            }
        return status

    def start(self) -> None:
        """Nothing: moto starts a cluster's first step at once, here the schedule decides."""

    def begin(self, run: StepRun) -> None:
        """PENDING -> RUNNING."""
        self.run = run
        self.state = "RUNNING"
        self.start_date_time = utcnow()

    def finish(self, outcome: Outcome) -> None:
        """To its last state."""
        self.run = None
        self._outcome = outcome
        self.state = outcome.state
        self.end_date_time = utcnow()
