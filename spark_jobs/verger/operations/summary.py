"""The closing summary of a run: counts, seconds, addresses, and how the words fit what is new."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import asdict
from typing import Any

from verger.contract import (
    FEATURES_CSV,
    PIVOT_HISTOGRAMS,
    REDUCE_PCA,
    STAGES,
    StageRecord,
    summary_key,
)
from verger.errors import VergerError
from verger.lake.store import Lake
from verger.planning.plan import Plan, read_plan
from verger.planning.recipe import FIRST_ANSWERS_FILE

COUNTED = (
    "images",
    "quarantined",
    "labels",
    "descriptors",
    "images_without_descriptors",
    "k",
    "pca_k",
)


def summarise(lake: Lake, run_id: str) -> dict[str, Any]:
    """Read a run's plan and records, store the summary beside them and return it.

    Raises VergerError if a stage is missing.
    """
    plan = read_plan(lake.storage, run_id)
    records = {stage: lake.noted(run_id, stage) for stage in STAGES}
    summary = as_summary(plan, records) | {
        "fit": fit_of_changes(lake, plan),
        "first_answers": first_answers(lake, plan),
    }
    content = json.dumps(summary, ensure_ascii=False, indent=2).encode()
    lake.storage.write(summary_key(run_id), content)
    return summary


def as_summary(plan: Plan, records: dict[str, StageRecord | None]) -> dict[str, Any]:
    """The summary of a plan and the records of all its stages."""
    by_stage = {stage: record for stage, record in records.items() if record is not None}
    if missing := [stage for stage in STAGES if stage not in by_stage]:
        raise VergerError(f"run {plan.run_id} has no record of {', '.join(missing)}")
    metrics = {name: value for stage in STAGES for name, value in by_stage[stage].metrics.items()}
    total = plan.total
    return {
        "run_id": plan.run_id,
        **{name: metrics.get(name, 0) for name in COUNTED},
        "ignored": dict(plan.ignored),
        "new": total.new,
        "changed": total.changed,
        "deleted": total.deleted,
        "segments": len(plan.segments),
        "model": plan.model.id if plan.model else None,
        "unused": [asdict(setting) for setting in plan.unused],
        "seconds": {stage: round(by_stage[stage].seconds, 2) for stage in STAGES},
        "reused": [stage for stage in STAGES if by_stage[stage].reused],
        "photographs_done": {stage: by_stage[stage].photographs_done for stage in STAGES},
        "checkpoints": {stage: list(by_stage[stage].checkpoints) for stage in STAGES},
        "bovw": _only(by_stage[PIVOT_HISTOGRAMS], "bovw"),
        "features_csv": _only(by_stage[REDUCE_PCA], FEATURES_CSV),
        "features": _only(by_stage[REDUCE_PCA], "features"),
    }


def _only(record: StageRecord, table: str) -> str | None:
    """The one address of a product of the collection; None where no photograph is left."""
    return next(iter(record.tables.get(table, ())), None)


def first_answers(lake: Lake, plan: Plan) -> Any:
    """What the model in use said of new photographs before anything learnt from them: for each
    label how many there are, how often it named the species and the label, and how often it did
    not know.
    """
    address = plan.first_answers
    found = lake.find(*address.id) if address else None
    return json.loads(found.read_file(FIRST_ANSWERS_FILE)) if found else {}


def fit_of_changes(lake: Lake, plan: Plan) -> dict[str, Any]:
    """How well a published vocabulary describes the labels that this run brought something of.

    For each its quantisation error (mean distance in bits between a descriptor and its word).
    A refit is due where it lies above that of every label that the words were fitted to.
    """
    if plan.model is None:
        return {}
    worst = max(plan.model.distances.values(), default=plan.model.mean_distance)
    brought = {label for label, change in plan.changes.items() if change.new or change.changed}
    distances = {
        label: mean for label, mean in label_distances(lake, plan).items() if label in brought
    }
    return {
        "published_mean_distance": plan.model.mean_distance,
        "published_worst_label": worst,
        "mean_distance": distances,
        "refit_due_for": sorted(label for label, mean in distances.items() if mean > worst),
    }


def label_distances(lake: Lake, plan: Plan) -> dict[str, float]:
    """Mean distance in bits between descriptors and their words, for every label that has any."""
    descriptors: dict[str, int] = defaultdict(int)
    distance: dict[str, int] = defaultdict(int)
    needed = [plan.recipe.histograms(segment.id).id for segment in plan.segments]
    for (kind, fingerprint), counted in zip(needed, lake.find_each(needed), strict=True):
        if counted is None:
            raise VergerError(f"{kind} {fingerprint} is missing: run the stage")
        for label, of in counted.manifest.labels.items():
            descriptors[label] += of["descriptors"]
            distance[label] += of["distance"]
    return {
        label: round(distance[label] / count, 3)
        for label, count in sorted(descriptors.items())
        if count
    }
