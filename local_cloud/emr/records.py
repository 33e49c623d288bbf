"""A cluster as a document, for a later server to take up."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from moto.emr import models as moto_emr

from local_cloud.emr.blueprint import Blueprint
from local_cloud.emr.step import LocalStep, isoformat, moment


class RecordedCluster(moto_emr.Cluster):
    """moto's cluster with what makes one of ours, and the document of it."""

    steps: list[LocalStep]  # type: ignore[assignment]  # moto's own type is its own Step
    asked: dict[str, Any]  # what moto was asked to build
    blueprint: Blueprint
    reason: dict[str, str]
    final_state: str

    def record(self) -> dict[str, Any]:
        """What `restore` needs, for JSON."""
        return {
            "id": self.id,
            "account": self.emr_backend.account_id,
            "region": self.emr_backend.region_name,
            "request": {**self.asked, "step_concurrency_level": self.step_concurrency_level},
            "tags": self._tags,
            "blueprint": asdict(self.blueprint),
            "state": self.state,
            "reason": self.reason,
            "final_state": self.final_state,
            "created": self.creation_datetime.isoformat(),
            "ready": isoformat(self.ready_datetime),
            "ended": isoformat(self.end_datetime),
            "steps": [step.record() for step in self.steps],
        }

    def restore(self, record: dict[str, Any]) -> None:
        """Be the cluster of a record."""
        self.add_tags(record["tags"])
        self.blueprint = Blueprint(**record["blueprint"])
        self.state, self.reason = record["state"], record["reason"]
        self.final_state = record["final_state"]
        self.creation_datetime = datetime.fromisoformat(record["created"])
        self.ready_datetime = moment(record["ready"])
        self.end_datetime = moment(record["ended"])
        self.steps = [LocalStep.resumed(step) for step in record["steps"]]
