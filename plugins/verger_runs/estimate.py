"""What a run will take: seconds, node-hours, dollars; before it takes any of them.

Dollars come from the region's prices (prices.py). Seconds come from the work that the plan leaves
for each stage, and from how long earlier runs took for a unit of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from verger.contract import BUILD_VOCABULARY, IMPORT_IMAGES, STAGES
from verger.lake.checkpoint import Lake
from verger.planning.plan import Plan
from verger.planning.workload import planned_work
from verger_runs.deployment import Deployment
from verger_runs.instances import instance
from verger_runs.prices import Prices
from verger_runs.rates import Rates
from verger_runs.request import Request

CLUSTER_SECONDS = 6 * 60  # EMR's way to a cluster that takes steps, installing packages
STEP_SECONDS = 30  # spark-submit, and whatever is the same for one photograph and for many


class TooDearError(ValueError):
    """The estimate is above the ceiling; the message says what to change."""


@dataclass(frozen=True)
class Estimate:
    """``seconds`` per stage that has work; hours of all nodes together; dollars in all, of which
    ``s3_dollars`` are requests; what an hour of waiting for photographs costs, in listings.
    ``vcpus`` are those of the cluster, which the account's quota of EC2 must have free.
    """

    seconds: Mapping[str, float]
    node_hours: float
    dollars: float
    s3_dollars: float
    waiting_dollars_an_hour: float
    vcpus: int
    prices_as_of: str
    measured_runs: int


def estimate(
    plan: Plan,
    to_do: Sequence[str],
    request: Request,
    deployment: Deployment,
    lake: Lake,
    prices: Prices,
    poll_seconds: int,
) -> Estimate:
    """The estimate of a plan; a listing is looked at every ``poll_seconds`` while a run waits.

    Raises TooDearError above the request's ceiling, and NoPriceError or UnknownInstanceError for a
    type of machine that has no price or is not known.
    """
    rates, work = Rates.read(lake.storage), planned_work(plan, lake)
    groups = _groups(request, deployment)
    cores = stage_cores(plan, request, deployment)
    seconds = {
        stage: STEP_SECONDS + work[stage] * rates.of(stage) / cores[stage] for stage in to_do
    }
    hours = (CLUSTER_SECONDS + sum(seconds.values())) / 3600 if to_do else 0.0
    an_hour = sum(
        of.count * prices.node_hour(of.kind, instance(of.kind).vcpus, spot=of.spot) for of in groups
    )
    look = prices.listing(plan.photographs)
    requests = look + prices.gets(round(work[IMPORT_IMAGES]) if to_do else 0)
    made = Estimate(
        seconds={stage: round(value, 1) for stage, value in seconds.items()},
        node_hours=round(hours * sum(of.count for of in groups), 2),
        dollars=round(hours * an_hour + requests, 2),
        s3_dollars=round(requests, 4),
        waiting_dollars_an_hour=round(look * 3600 / poll_seconds, 4),
        vcpus=sum(of.count * instance(of.kind).vcpus for of in groups),
        prices_as_of=f"{prices.region}, {prices.as_of}",
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
    primary, *workers = _groups(request, deployment)
    computing = sum(of.count * instance(of.kind).vcpus for of in workers)
    cores = dict.fromkeys(STAGES, max(1, computing))
    if plan.preset.words.algorithm != "mllib":
        cores[BUILD_VOCABULARY] = instance(primary.kind).vcpus
    return cores


@dataclass(frozen=True)
class _Group:
    """Nodes of one type on one market."""

    count: int
    kind: str
    spot: bool = False


def _groups(request: Request, deployment: Deployment) -> list[_Group]:
    """The primary node first."""
    spot = request.task_market == "spot"
    groups = [
        _Group(1, deployment.primary_type),
        _Group(request.core_nodes, deployment.core_type),
    ]
    if request.task_nodes:
        groups.append(_Group(request.task_nodes, deployment.task_type, spot))
    return groups
