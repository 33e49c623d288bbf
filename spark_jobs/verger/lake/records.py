"""What a run notes of a stage, out of the checkpoints that the stage made or found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from verger.contract import StageRecord
from verger.lake.checkpoint import Checkpoint


def record_of(
    stage: str,
    checkpoints: Sequence[Checkpoint],
    *,
    reused: bool,
    seconds: float,
    photographs_done: int = 0,
) -> StageRecord:
    """Tables of the same name are parts of one; so are their numbers."""
    tables: dict[str, list[str]] = defaultdict(list)
    for checkpoint in checkpoints:
        for name in checkpoint.manifest.tables:
            tables[name].append(checkpoint.address(name))
    return StageRecord(
        stage=stage,
        reused=reused,
        seconds=seconds,
        tables=dict(tables),
        metrics=_metrics(checkpoints),
        photographs_done=photographs_done,
    )


def _metrics(checkpoints: Sequence[Checkpoint]) -> dict[str, int | float]:
    """Sums; labels are counted once."""
    metrics: dict[str, int | float] = {}
    for checkpoint in checkpoints:
        for name, value in checkpoint.manifest.metrics.items():
            metrics[name] = metrics.get(name, 0) + value
    if labels := {label for c in checkpoints for label in c.manifest.labels}:
        metrics["labels"] = len(labels)
    return metrics
