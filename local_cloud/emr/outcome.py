"""What a step was asked to be, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal

from local_cloud.emr.logs import NAMES, step_log_uri


@dataclass(frozen=True)
class StepRequest:
    """What EMR's API says about a step and its cluster.

    environment  variables that the cluster's settings export to its drivers
    settings     of Spark, from the cluster, for what the step does not set itself
    unfitting    why YARN would refuse the step's executors, or None
    archives     to be unpacked in its working directory: s3://…/x.tar.gz#alias
    """

    log_names: ClassVar[tuple[str, ...]] = NAMES

    cluster_id: str
    step_id: str
    jar: str
    args: tuple[str, ...]
    log_uri: str | None
    environment: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    unfitting: str | None = None
    archives: tuple[str, ...] = ()

    @property
    def logs(self) -> str | None:
        """The folder of its logs in S3; None: it has none."""
        return step_log_uri(self.log_uri, self.cluster_id, self.step_id)


@dataclass(frozen=True)
class Failure:
    """EMR's FailureDetails."""

    reason: str
    message: str
    log_file: str


@dataclass(frozen=True)
class Outcome:
    """How a step ended; `failure` exactly when it FAILED."""

    state: Literal["COMPLETED", "FAILED", "CANCELLED"]
    failure: Failure | None = None
    # When its processes ended; the whole of its logs is uploaded after that.
    ended: datetime | None = field(default=None, compare=False)
