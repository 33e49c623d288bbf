"""The first tasks of a run: everything that can be refused is refused here, without a cluster."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from verger.catalogue.facts import team_facts
from verger.catalogue.labels import team_names
from verger.contract import CURRENT_RELEASE, STAGES, Release
from verger.lake.store import Lake
from verger.objects.addresses import open_storage
from verger.objects.storage import Storage, StoredObject
from verger.planning.plan import Plan
from verger.planning.planner import RunRequest, make_plan, reusable, settle
from verger_emr.cluster import cluster
from verger_emr.jobs import jobs
from verger_emr.steps import steps
from verger_runs.backends import SERVERLESS, chosen_backend
from verger_runs.defaults import poll_seconds
from verger_runs.delivery import Delivery
from verger_runs.deployment import Deployment, DeploymentError
from verger_runs.estimate import Estimate, estimate
from verger_runs.prices import Prices
from verger_runs.request import REUSE, Request

if TYPE_CHECKING:
    from airflow.providers.amazon.aws.hooks.s3 import S3Hook


def check(params: Mapping[str, Any], deployment: Deployment, s3: S3Hook) -> str:
    """Check the request, the buckets and the published code; returns the photographs' address.

    Raises RequestError or DeploymentError with what to mend.
    """
    request = Request.read(params)
    images = request.images_below(deployment.landing)
    region_of(s3)
    for address in (deployment.landing, deployment.lake, deployment.logs):
        _check_bucket(s3, address)
    release = _current_release(s3, deployment.code)
    if chosen_backend(request, deployment) == SERVERLESS:
        _check_serverless(deployment, release)
    return images


def plan(
    params: Mapping[str, Any], deployment: Deployment, run_id: str, s3: S3Hook
) -> dict[str, Any]:
    """Plan the run and store the plan in the lake; returns what the run's other tasks need.

    Its keys: `lake`, `backend`, `cluster` (RunJobFlow's body; None where stages are jobs of the
    serverless `application`), one for each stage (its step or job, or None where the stage is
    reused), `to_do` (the stages with work), `dry_run`, and `table`, the plan for people.

    Raises one of refusals.REFUSALS with what to mend.
    """
    request, region = Request.read(params), region_of(s3)
    release = _current_release(s3, deployment.code)
    lake = Lake(open_storage(deployment.lake, s3.get_conn()))
    images = request.images_below(deployment.landing)
    source = open_storage(images, s3.get_conn())
    asked = RunRequest(
        run_id=run_id,
        images=images,
        preset=request.settings,
        labels=request.categories,
        reuse=request.vocabulary == REUSE,
        names=team_names(source),
        facts=team_facts(source),
    )
    listing = list(source.list())
    waiting = not_delivered(deployment.delivery, listing)
    made = make_plan(asked, lake, listing, release.opencv, waiting)
    found = reusable(made, lake)
    to_do = [stage for stage in STAGES if stage not in found]
    prices = Prices.of(region)
    expected = estimate(made, to_do, request, deployment, lake, prices, poll_seconds())
    if not request.dry_run:
        settle(made, lake, found)
    _store_table(lake.storage, made, to_do, expected)
    serverless = expected.backend == SERVERLESS
    if serverless:
        work = jobs(made, deployment, release, request.workers, region)
    else:
        work = steps(made, deployment.lake, release)
    return {
        "lake": deployment.lake,
        "backend": expected.backend,
        "application": deployment.application if serverless else "",
        "cluster": None if serverless else cluster(request, deployment, release, run_id, region),
        "to_do": [] if request.dry_run else to_do,
        "dry_run": request.dry_run,
        "table": as_table(made, to_do, expected),
        **{stage: work[stage] if stage in to_do else None for stage in STAGES},
    }


def not_delivered(setting: str, listing: Sequence[StoredObject]) -> set[str]:
    """Keys that are there, but whose delivery is not complete."""
    complete = {item.key for item in Delivery(setting).complete(listing, datetime.now(UTC))}
    return {item.key for item in listing} - complete


def as_table(plan: Plan, to_do: list[str], expected: Estimate) -> str:
    """The plan as lines for people."""
    total = plan.total
    rows = [
        f"  {label:<24} {change.new:>8,} {change.changed:>8,} {change.deleted:>8,}"
        for label, change in plan.changes.items()
    ]
    stages = [
        f"  {stage:<24} {f'{expected.seconds[stage]:,.0f} s' if stage in to_do else 'reused':>8}"
        for stage in STAGES
    ]
    return "\n".join(
        [
            f"{plan.photographs:,} photographs below {plan.images}",
            f"  {'label':<24} {'new':>8} {'changed':>8} {'deleted':>8}",
            *rows,
            f"  {'all':<24} {total.new:>8,} {total.changed:>8,} {total.deleted:>8,}",
            *stages,
            f"  {_hours(expected)}, ${expected.dollars:.2f} "
            f"(prices of {expected.prices_as_of}, speed "
            + (
                f"of the last {expected.measured_runs} runs)"
                if expected.measured_runs
                else "not measured yet)"
            ),
            f"  of that, requests to S3: ${expected.s3_dollars:g}; an hour of waiting for "
            f"photographs: ${expected.waiting_dollars_an_hour:g}",
            f"  {expected.vcpus} vCPUs of the quota of {_quota(expected)}",
            f"  models: published {plan.model.id}"
            if plan.model
            else "  models: fitted by this run",
            *(f"  note: {upgrade}" for upgrade in plan.upgrades),
            *(
                f"  not used: {setting.name} = {setting.asked}, as the published model has "
                f"{setting.used} (choose to fit a new vocabulary for it)"
                for setting in plan.unused
            ),
        ]
    )


def _hours(expected: Estimate) -> str:
    if expected.backend == SERVERLESS:
        return f"{expected.vcpu_hours:g} vCPU-hours, {expected.gb_hours:g} GB-hours"
    return f"{expected.node_hours:g} node-hours"


def _quota(expected: Estimate) -> str:
    if expected.backend == SERVERLESS:
        return "EMR Serverless (Max concurrent vCPUs per account)"
    return "EC2 (Running On-Demand Standard instances)"


def table_key(run_id: str) -> str:
    """Where a run's estimate lies, relative to the lake; the run's page shows it."""
    return f"runs/{run_id}/estimate.json"


def _store_table(storage: Storage, plan: Plan, to_do: list[str], expected: Estimate) -> None:
    table = {
        "photographs": plan.photographs,
        "images": plan.images,
        "changes": {label: asdict(change) for label, change in plan.changes.items()},
        "to_do": to_do,
        "model": plan.model.id if plan.model else None,
        "unused": [asdict(setting) for setting in plan.unused],
        "upgrades": [str(upgrade) for upgrade in plan.upgrades],
        **asdict(expected),
    }
    content = json.dumps(table, ensure_ascii=False, indent=1).encode()
    storage.write(table_key(plan.run_id), content)


def region_of(s3: S3Hook) -> str:
    """The region in which everything is. Raises DeploymentError where nobody says which."""
    region = s3.region_name or s3.get_session().region_name
    if region is None:
        raise DeploymentError(
            "the connection aws_default names no region: put one into its extra, as in "
            '{"region_name": "eu-west-3"}'
        )
    return str(region)


def _check_bucket(s3: S3Hook, address: str) -> None:
    bucket, _ = s3.parse_s3_url(f"{address}/")
    if not s3.check_for_bucket(bucket):
        raise DeploymentError(
            f"bucket {bucket} (of {address}) cannot be reached: create it, or let the connection "
            "aws_default read it, or correct the Airflow variable"
        )


def _check_serverless(deployment: Deployment, release: Release) -> None:
    deployment.require_serverless()
    if release.wheels and not release.archive:
        raise DeploymentError(
            "the published code has no Python packages for serverless jobs: publish it again with "
            f"`make publish CODE={deployment.code}`, or choose the backend cluster"
        )


def _current_release(s3: S3Hook, code: str) -> Release:
    bucket, key = s3.parse_s3_url(f"{code}/{CURRENT_RELEASE}")
    if not s3.check_for_key(key, bucket):
        raise DeploymentError(
            f"no Spark code is published below {code}: run `make publish CODE={code}` first"
        )
    remedy = f"publish the code again with `make publish CODE={code}`"
    content = open_storage(code, s3.get_conn()).read(CURRENT_RELEASE)
    return Release.from_json(content, f"s3://{bucket}/{key}", remedy)
