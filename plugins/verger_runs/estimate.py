"""What a run will take: seconds, node-hours, dollars; before it takes any of them.

Dollars come from prices.json, one dated file. Seconds come from earlier runs: each leaves what its
stages measured in the lake as `throughput.json`; without any, from figures measured on two cores.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from verger.contract import (
    BUILD_VOCABULARY,
    EXTRACT_DESCRIPTORS,
    IMPORT_IMAGES,
    PIVOT_HISTOGRAMS,
    REDUCE_PCA,
    StageRecord,
)
from verger.errors import ObjectGoneError
from verger.objects.storage import Storage
from verger.planning.plan import Plan
from verger_runs.deployment import Deployment
from verger_runs.request import Request

PRICES = Path(__file__).with_name("prices.json")
MEASURED = "throughput.json"
# Core-seconds per photograph, from `make run` on 12,239 photographs of Fruits-360, two cores.
FIRST_GUESS = {
    IMPORT_IMAGES: 0.003,
    EXTRACT_DESCRIPTORS: 0.006,
    BUILD_VOCABULARY: 0.002,
    PIVOT_HISTOGRAMS: 0.003,
    REDUCE_PCA: 0.001,
}
CLUSTER_SECONDS = 6 * 60  # EMR's way to a cluster that takes steps, installing packages
STEP_SECONDS = 30  # spark-submit, and whatever is the same for one photograph and for many
REMEMBERED = 5  # so many runs; their median is not misled by one


class TooDearError(ValueError):
    """The estimate is above the ceiling; the message says what to change."""


@dataclass(frozen=True)
class Estimate:
    """``seconds`` per stage that has work; hours of all nodes together; dollars."""

    seconds: Mapping[str, float]
    node_hours: float
    dollars: float
    prices_as_of: str
    measured_runs: int


def estimate(
    plan: Plan, to_do: Sequence[str], request: Request, deployment: Deployment, lake: Storage
) -> Estimate:
    """The estimate of a plan.

    Raises TooDearError above the request's ceiling, and where an instance type has no price.
    """
    prices = json.loads(PRICES.read_text())
    measured = _measured(lake)
    nodes = _nodes(request, deployment, prices)
    cores = max(1, sum(count * kind["cores"] for count, kind, _ in nodes[1:]))
    seconds = {
        stage: STEP_SECONDS + _photographs(stage, plan) * _rate(stage, measured) / cores
        for stage in to_do
    }
    hours = (CLUSTER_SECONDS + sum(seconds.values())) / 3600 if to_do else 0.0
    dollars = hours * sum(
        count * (kind["emr"] + kind["ec2"] * share) for count, kind, share in nodes
    )
    made = Estimate(
        seconds={stage: round(value, 1) for stage, value in seconds.items()},
        node_hours=round(hours * sum(count for count, _, _ in nodes), 2),
        dollars=round(dollars, 2),
        prices_as_of=prices["as_of"],
        measured_runs=max((len(runs) for runs in measured.values()), default=0),
    )
    if request.most_dollars and made.dollars > request.most_dollars:
        raise TooDearError(
            f"the run is estimated at ${made.dollars:.2f}, above the ceiling of "
            f"${request.most_dollars:.2f}: raise most_dollars, name fewer categories, or take "
            "fewer nodes"
        )
    return made


def remember(lake: Storage, records: Mapping[str, StageRecord], cores: int) -> None:
    """Note core-seconds per photograph of the stages that did work, for the next estimate."""
    measured = _measured(lake)
    for stage, record in records.items():
        if record.reused:
            continue
        done = record.photographs_done or int(record.metrics.get("trained_on", 0)) // 100
        if done >= 100:  # fewer say more about start-up than about photographs
            rate = round(record.seconds * cores / done, 6)
            measured[stage] = [rate, *measured.get(stage, [])][:REMEMBERED]
    lake.write(MEASURED, json.dumps(measured, indent=1).encode())


def cluster_cores(request: Request, deployment: Deployment) -> int:
    """Cores of the nodes that compute."""
    nodes = _nodes(request, deployment, json.loads(PRICES.read_text()))
    return int(max(1, sum(count * kind["cores"] for count, kind, _ in nodes[1:])))


def _nodes(
    request: Request, deployment: Deployment, prices: Mapping[str, Any]
) -> list[tuple[int, Mapping[str, float], float]]:
    """Count, prices and paid share of the on-demand price of each group; the primary first."""
    known = prices["dollars_per_hour"]
    task_share = prices["spot_share"] if request.task_market == "spot" else 1.0
    groups = [
        (1, deployment.primary_type, 1.0),
        (request.core_nodes, deployment.core_type, 1.0),
        (request.task_nodes, deployment.task_type, task_share),
    ]
    for _, kind, _ in groups:
        if kind not in known:
            raise TooDearError(
                f"instance type {kind} has no price: add it to {PRICES.name}, "
                f"or use one of {', '.join(sorted(known))}"
            )
    return [(count, known[kind], share) for count, kind, share in groups]


def _photographs(stage: str, plan: Plan) -> int:
    """How many photographs a stage works on: a fit looks at all of them."""
    fresh = plan.total.new + plan.total.changed
    return plan.photographs if stage == BUILD_VOCABULARY or not fresh else fresh


def _rate(stage: str, measured: Mapping[str, Sequence[float]]) -> float:
    return median(measured[stage]) if measured.get(stage) else FIRST_GUESS[stage]


def _measured(lake: Storage) -> dict[str, list[float]]:
    try:
        return dict(json.loads(lake.read(MEASURED)))
    except ObjectGoneError:
        return {}
