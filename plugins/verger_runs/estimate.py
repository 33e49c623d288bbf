"""What a run will take: seconds, node-hours, dollars; before it takes any of them.

Dollars come from the region's prices (prices.py). Seconds come from the work that the plan leaves
for each stage, and from how long earlier runs took for a unit of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from verger.contract import BUILD_VOCABULARY, IMPORT_IMAGES, STAGES
from verger.lake.store import Lake
from verger.planning.plan import Plan
from verger.planning.workload import planned_work
from verger_runs.backends import CLUSTER, SERVERLESS, chosen_backend
from verger_runs.deployment import Deployment
from verger_runs.instances import instance
from verger_runs.prices import Prices
from verger_runs.rates import Rates
from verger_runs.request import Request
from verger_runs.serverless_cost import JOB_SECONDS, WORKER_CORES, serverless_cost

CLUSTER_SECONDS = 6 * 60  # EMR's way to a cluster that takes steps, installing packages
STEP_SECONDS = 30  # spark-submit, and whatever is the same for one photograph and for many


class TooDearError(ValueError):
    """The estimate is above the ceiling; the message says what to change."""


@dataclass(frozen=True)
class Estimate:
    """``seconds`` per stage that has work; hours of all nodes together, or of serverless jobs'
    processors and memory; dollars in all, of which ``s3_dollars`` are requests; what an hour of
    waiting for photographs costs, in listings, and an hour of the cluster or of a job. ``vcpus``
    are those of the cluster, which the account's quota of EC2 must have free; or of a serverless
    job, and the quota of EMR Serverless.
    """

    seconds: Mapping[str, float]
    node_hours: float
    dollars: float
    s3_dollars: float
    waiting_dollars_an_hour: float
    vcpus: int
    prices_as_of: str
    measured_runs: int
    backend: str = CLUSTER
    vcpu_hours: float = 0.0
    gb_hours: float = 0.0
    dollars_an_hour: float = 0.0


@dataclass(frozen=True)
class _Compute:
    """What runs the stages: of the hours, those of its own kind."""

    dollars: float
    dollars_an_hour: float
    vcpus: int
    prices_as_of: str
    node_hours: float = 0.0
    vcpu_hours: float = 0.0
    gb_hours: float = 0.0


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
    backend = chosen_backend(request, deployment)
    rates, work = Rates.read(lake.storage), planned_work(plan, lake)
    cores = stage_cores(plan, request, deployment)
    start = JOB_SECONDS if backend == SERVERLESS else STEP_SECONDS
    seconds = {
        stage: round(start + work[stage] * rates.of(stage) / cores[stage], 1) for stage in to_do
    }
    look = prices.listing(plan.photographs)
    requests = look + prices.gets(round(work[IMPORT_IMAGES]) if to_do else 0)
    compute = (
        _of_jobs(seconds, request, prices)
        if backend == SERVERLESS
        else _of_cluster(seconds, _groups(request, deployment), prices)
    )
    made = Estimate(
        seconds=seconds,
        node_hours=round(compute.node_hours, 2),
        dollars=round(compute.dollars + requests, 2),
        s3_dollars=round(requests, 4),
        waiting_dollars_an_hour=round(look * 3600 / poll_seconds, 4),
        vcpus=compute.vcpus,
        prices_as_of=f"{prices.region}, {compute.prices_as_of}",
        measured_runs=rates.runs,
        backend=backend,
        vcpu_hours=round(compute.vcpu_hours, 2),
        gb_hours=round(compute.gb_hours, 2),
        dollars_an_hour=round(compute.dollars_an_hour, 4),
    )
    if request.most_dollars and made.dollars > request.most_dollars:
        raise TooDearError(
            f"the run is estimated at ${made.dollars:.2f}, above the ceiling of "
            f"${request.most_dollars:.2f}: raise most_dollars, name fewer categories, or take "
            f"fewer {'workers' if backend == SERVERLESS else 'nodes'}"
        )
    return made


def _of_cluster(seconds: Mapping[str, float], groups: Sequence[_Group], prices: Prices) -> _Compute:
    hours = (CLUSTER_SECONDS + sum(seconds.values())) / 3600 if seconds else 0.0
    an_hour = sum(
        of.count * prices.node_hour(of.kind, instance(of.kind).vcpus, spot=of.spot) for of in groups
    )
    return _Compute(
        dollars=hours * an_hour,
        dollars_an_hour=an_hour,
        vcpus=sum(of.count * instance(of.kind).vcpus for of in groups),
        prices_as_of=prices.as_of,
        node_hours=hours * sum(of.count for of in groups),
    )


def _of_jobs(seconds: Mapping[str, float], request: Request, prices: Prices) -> _Compute:
    cost = serverless_cost(seconds, request.workers, prices.region)
    return _Compute(
        dollars=cost.dollars,
        dollars_an_hour=cost.dollars_an_hour,
        vcpus=(request.workers + 1) * WORKER_CORES,
        prices_as_of=cost.prices_as_of,
        vcpu_hours=cost.vcpu_hours,
        gb_hours=cost.gb_hours,
    )


def stage_cores(plan: Plan, request: Request, deployment: Deployment) -> dict[str, int]:
    """Cores that work on each stage: those of the nodes that compute, but a vocabulary is fitted in
    the driver, on the primary node, unless MLlib fits it. The driver of a serverless job is one
    more worker.
    """
    if chosen_backend(request, deployment) == SERVERLESS:
        jobs = dict.fromkeys(STAGES, request.workers * WORKER_CORES)
        if plan.preset.words.algorithm != "mllib":
            jobs[BUILD_VOCABULARY] = WORKER_CORES
        return jobs
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
