"""Where steps run, as the schedule sees it: a cluster, or a serverless application."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from local_cloud.emr.outcome import Outcome, StepRequest
from local_cloud.emr.runner import StepRun


class Work(Protocol):
    """A step of a cluster, or a job of a serverless application."""

    id: str

    @property
    def creation_date_time(self) -> datetime:
        """When it was asked for."""

    def begin(self, run: StepRun) -> None:
        """It runs from now on."""


class Place(Protocol):
    """A cluster or a serverless application."""

    id: str

    @property
    def over(self) -> bool:
        """Whether it has ended for good."""

    def next_step(self) -> Work | None:
        """The oldest of its steps that may start now."""

    def request(self, step: Any) -> StepRequest:
        """What is to be run for a step of its own."""

    def finish_step(self, step: Any, outcome: Outcome) -> None:
        """Record how a step of its own ended."""

    def record(self) -> dict[str, Any]:
        """All that an earlier server has to tell a later one, for JSON."""

    def terminate(self) -> None:
        """End it and what runs in it."""

    def suspend(self) -> None:
        """End what runs in it, to run again."""
