"""What the operator of a stage needs of EMR, whichever kind of it runs the stage.

A stage is one piece of work: a step of a cluster (cluster_steps.py) or a job of a serverless
application (serverless.py). All that is particular to one of them is behind this protocol.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from airflow.sdk import Context

    from verger_emr.step_log import StepLog

WORKING, DONE, FAILED, CANCELLED = "working", "done", "failed", "cancelled"


@dataclass(frozen=True)
class Status:
    """How a piece of work is: ``phase`` is one of the four above, ``state`` EMR's own word.

    ``ended`` is known once it has; ``reason`` is EMR's, not the work's.
    """

    phase: str
    state: str
    ended: datetime | None = None
    reason: str = ""


@dataclass(frozen=True)
class Wait:
    """How a trigger waits: for at most so many looks, so many seconds apart."""

    delay: int
    attempts: int
    aws: dict[str, Any]  # the trigger's connection, region and botocore settings


class Backend(Protocol):
    """Runs the work of one stage of one run."""

    @property
    def noun(self) -> str:
        """What people call a piece of work there."""

    def find(self) -> str | None:
        """The newest piece of work of this stage and run that is under way or done.

        Raises AirflowFailException, with what to do, where the place that runs it is gone.
        """

    def submit(self) -> str:
        """Have it done; returns its id. Raises as `find`."""

    def status(self, work_id: str) -> Status:
        """How it is now."""

    def cancel(self, work_id: str) -> None:
        """Have it end early, with time to tidy up. Raises ClientError."""

    def log(self, work_id: str) -> StepLog:
        """What it said."""

    def trigger(self, work_id: str, wait: Wait) -> Any:
        """A trigger that waits for its end."""

    def link(self, context: Context, operator: Any, work_id: str) -> None:
        """Show links to it beside the task."""
