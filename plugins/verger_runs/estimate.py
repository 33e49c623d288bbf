"""What a run will take: seconds, node-hours, dollars; before it takes any of them.

Dollars come from prices.json, one dated file. Seconds come from the work that the plan leaves for
each stage, and from how long earlier runs took for a unit of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verger.contract import BUILD_VOCABULARY, STAGES
from verger.lake.checkpoint import Lake
from verger.planning.plan import Plan
from verger.planning.workload import planned_work
from verger_runs.deployment import Deployment
from verger_runs.rates import Rates
from verger_runs.request import Request

PRICES = Path(__file__).with_name("prices.json")
CLUSTER_SECONDS = 6 * 60  # EMR's way to a cluster that takes steps, installing packages
STEP_SECONDS = 30  # spark-submit, and whatever is the same for one photograph and for many


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
    plan: Plan, to_do: Sequence[str], request: Request, deployment: Deployment, lake: Lake
) -> Estimate:
    """The estimate of a plan.

    Raises TooDearError above the request's ceiling, and where an instance type has no price.
    """
    prices = json.loads(PRICES.read_text())
    rates, work = Rates.read(lake.storage), planned_work(plan, lake)
    nodes = _nodes(request, deployment, prices)
    cores = stage_cores(plan, request, deployment)
    seconds = {
        stage: STEP_SECONDS + work[stage] * rates.of(stage) / cores[stage] for stage in to_do
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
        measured_runs=rates.runs,
    )
    if request.most_dollars and made.dollars > request.most_dollars:
        raise TooDearError(
            f"the run is estimated at ${made.dollars:.2f}, above the ceiling of "
            f"${request.most_dollars:.2f}: raise most_dollars, name fewer categories, or take "
            "fewer nodes"
        )
    return made


def stage_cores(plan: Plan, request: Request, deployment: Deployment) -> dict[str, int]:
    """Cores that work on each stage: those of the nodes that compute, but a vocabulary is fitted in
    the driver, on the primary node, unless MLlib fits it.
    """
    primary, *workers = _nodes(request, deployment, json.loads(PRICES.read_text()))
    computing = sum(count * kind["cores"] for count, kind, _ in workers)
    cores = dict.fromkeys(STAGES, max(1, int(computing)))
    if plan.preset.words.algorithm != "mllib":
        cores[BUILD_VOCABULARY] = int(primary[1]["cores"])
    return cores


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
