"""What all stages have in common: find the checkpoint or make it, and note it for the run."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from verger.checkpoint import Checkpoint, Draft, Lake, fingerprint
from verger.contract import StageRecord
from verger.errors import VergerError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Metrics = Mapping[str, int | float]
Inputs = Mapping[str, Checkpoint]
log = logging.getLogger("verger")


class Stage(Protocol):
    """One stage: what determines its checkpoint, and how it is computed."""

    @property
    def name(self) -> str:
        """Its name in `verger.contract.STAGES`."""

    @property
    def version(self) -> int:
        """Raised when the same parameters and inputs give other data than before."""

    @property
    def needs(self) -> tuple[str, ...]:
        """The stages whose checkpoints it reads."""

    def parameters(self) -> Mapping[str, Any]:
        """Everything else that determines its data, as plain JSON values."""

    def compute(self, spark: SparkSession, inputs: Inputs, draft: Draft) -> Metrics:
        """Write the tables of the draft; returns the metrics for the manifest."""


@runtime_checkable
class Gated(Protocol):
    """A stage whose checkpoint may be finished and yet not good enough to go on with."""

    def approve(self, checkpoint: Checkpoint) -> None:
        """Raise VergerError, with what to do, if the run must not go on."""


def run_stage(
    stage: Stage, lake: Lake, run_id: str, spark: Callable[[], SparkSession]
) -> StageRecord:
    """Bring the stage's checkpoint into being for a run, reusing it where it exists.

    Spark is asked for only when there is work, so a reused stage costs no session. Raises
    VergerError if a stage that it needs has no record in this run, or if a gate stops it.
    """
    started = time.monotonic()
    inputs = {needed: _input(lake, run_id, stage.name, needed) for needed in stage.needs}
    parameters = stage.parameters()
    roots = {name: checkpoint.manifest.fingerprint for name, checkpoint in inputs.items()}
    address = fingerprint(stage.name, stage.version, parameters, roots)
    checkpoint = lake.find(stage.name, address)
    reused = checkpoint is not None
    if checkpoint is None:
        log.info("%s: working on checkpoint %s", stage.name, address)
        draft = lake.draft(stage.name, address)
        metrics = stage.compute(spark(), inputs, draft)
        seconds = time.monotonic() - started
        checkpoint = draft.publish(stage.version, parameters, roots, metrics, seconds)
    if isinstance(stage, Gated):
        stage.approve(checkpoint)  # asked of reused checkpoints too: limits may have changed
    record = checkpoint.record(reused=reused, seconds=time.monotonic() - started)
    lake.note(run_id, record)
    log.info("%s: %s", stage.name, _told(record))
    return record


def _input(lake: Lake, run_id: str, stage: str, needed: str) -> Checkpoint:
    record = lake.noted(run_id, needed)
    if record is None:
        raise VergerError(f"{stage} needs {needed}, which run {run_id} has not done; run it first")
    checkpoint = lake.find(needed, record.fingerprint)
    if checkpoint is None:
        raise VergerError(
            f"{stage} needs checkpoint {needed}/{record.fingerprint}, which is missing or damaged; "
            f"run {needed} again"
        )
    return checkpoint


def _told(record: StageRecord) -> str:
    how = "reused" if record.reused else "done"
    numbers = ", ".join(
        f"{name} {value:,.3f}".rstrip("0").rstrip(".") if isinstance(value, float)
        else f"{name} {value:,}"
        for name, value in record.metrics.items()
    )  # fmt: skip
    return f"{how} in {record.seconds:.1f} s: {numbers}"
