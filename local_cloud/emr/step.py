"""A step as EMR's API shows it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from moto.core.utils import utcnow
from moto.emr import models as moto_emr

from local_cloud.emr.outcome import Failure, Outcome
from local_cloud.emr.runner import StepRun

# A step that takes the server down with it would do so for ever.
MOST_INTERRUPTIONS = 1
INTERRUPTED = Failure(
    "Interrupted",
    "The local EMR ended twice while this step ran: look into its log and the machine's memory.",
    "",
)


class LocalStep(moto_emr.Step):
    """moto's step with a run behind it: PENDING -> RUNNING (-> CANCEL_PENDING) -> its end."""

    # moto never ends a step, so it knows no type for this but None.
    end_date_time: datetime | None  # type: ignore[assignment]

    def __init__(self, request: dict[str, Any]) -> None:
        """`request` is one of the API's StepConfig."""
        self._interruptions = 0
        super().__init__(
            state="PENDING",
            name=request["Name"],
            hadoop_jar_step=request["HadoopJarStep"],
            action_on_failure=request.get("ActionOnFailure", "TERMINATE_CLUSTER"),
        )
        self.run: StepRun | None = None
        self._outcome: Outcome | None = None

    @classmethod
    def resumed(cls, record: dict[str, Any]) -> LocalStep:
        """The step of a record. What ran when the server ended is to run again, once."""
        step = cls(record["request"])
        step.id = record["id"]
        step.state = record["state"]
        step.creation_date_time = datetime.fromisoformat(record["created"])
        step.start_date_time = moment(record["started"])
        step.end_date_time = moment(record["ended"])
        step._interruptions = record["interruptions"]
        if record["failure"]:
            step._outcome = Outcome("FAILED", Failure(**record["failure"]))
        if step.running and step._interruptions < MOST_INTERRUPTIONS:
            step._interruptions += 1
            step.state = "PENDING"
        elif step.running:
            step.finish(Outcome("FAILED", INTERRUPTED))
        return step

    def record(self) -> dict[str, Any]:
        """What `resumed` needs, for JSON."""
        failure = self._outcome.failure if self._outcome else None
        properties = [{"Key": pair["Key"], "Value": pair["Value"]} for pair in self.properties]
        return {
            "id": self.id,
            "request": {
                "Name": self.name,
                "ActionOnFailure": self.action_on_failure,
                "HadoopJarStep": {"Jar": self.jar, "Args": self.args, "Properties": properties},
            },
            "state": self.state,
            "created": self.creation_date_time.isoformat(),
            "started": isoformat(self.start_date_time),
            "ended": isoformat(self.end_date_time),
            "interruptions": self._interruptions,
            "failure": asdict(failure) if failure else None,
        }

    @property
    def pending(self) -> bool:
        return self.state == "PENDING"

    @property
    def running(self) -> bool:
        return self.state in ("RUNNING", "CANCEL_PENDING")

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

    def cancelling(self) -> None:
        """RUNNING -> CANCEL_PENDING, until its processes have ended."""
        self.state = "CANCEL_PENDING"

    def finish(self, outcome: Outcome) -> None:
        """To its last state."""
        self.run = None
        self._outcome = outcome
        self.state = outcome.state
        self.end_date_time = outcome.ended or utcnow()


def isoformat(when: datetime | None) -> str | None:
    """A moment for JSON."""
    return when.isoformat() if when is not None else None


def moment(text: str | None) -> datetime | None:
    """The moment that `isoformat` wrote."""
    return datetime.fromisoformat(text) if text is not None else None
