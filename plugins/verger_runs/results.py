"""What a run leaves for people and for later runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from verger.contract import STAGES
from verger.errors import WorseModelError
from verger.lake.registry import Model
from verger.lake.store import Lake
from verger.objects.addresses import open_storage
from verger.operations.promotion import publish
from verger.operations.summary import summarise
from verger.planning.plan import read_plan
from verger_runs.deployment import Deployment
from verger_runs.estimate import stage_cores
from verger_runs.lineage import tell_model
from verger_runs.rates import remember
from verger_runs.refusals import without_retry
from verger_runs.request import Request

if TYPE_CHECKING:
    from airflow.providers.amazon.aws.hooks.s3 import S3Hook


@without_retry()
def summarise_run(
    s3: S3Hook, params: Mapping[str, Any], deployment: Deployment, run_id: str
) -> dict[str, Any]:
    """Store the run's summary and what it measured; returns the summary."""
    lake = Lake(open_storage(deployment.lake, s3.get_conn()))
    summary = summarise(lake, run_id)
    records = [record for stage in STAGES if (record := lake.noted(run_id, stage))]
    plan = read_plan(lake.storage, run_id)
    cores = stage_cores(plan, Request.read(params), deployment)
    remember(lake.storage, plan, records, cores)
    return summary


@without_retry()
def publish_run(s3: S3Hook, deployment: Deployment, run_id: str) -> Model | None:
    """Promote the run's model; None if it is in use already.

    One that is worse is not published, and its task is skipped with the reason: the run did its
    work, and the model in use stays.
    """
    from airflow.sdk.exceptions import AirflowSkipException

    lake = Lake(open_storage(deployment.lake, s3.get_conn()))
    try:
        model = publish(lake, run_id)
    except WorseModelError as error:
        raise AirflowSkipException(str(error)) from error
    if model:
        tell_model(s3, lake, run_id, model)
    return model


def as_table(summary: Mapping[str, Any]) -> str:
    """The summary as lines for people."""
    stages = [
        f"  {stage:<20} {seconds:>8.1f} s  {'reused' if stage in summary['reused'] else ''}"
        for stage, seconds in summary["seconds"].items()
    ]
    counts = [
        f"{summary['images']:,} photographs of {summary['labels']:,} labels"
        f" ({summary['new']:,} new, {summary['changed']:,} changed, "
        f"{summary['deleted']:,} deleted)",
        f"{summary['quarantined']:,} set aside",
        f"{summary['descriptors']:,} descriptors "
        f"({summary['images_without_descriptors']:,} photographs without)",
        f"{summary['k']:,} visual words, {summary['pca_k']:,} components",
        f"features: {summary['features_csv'] or 'none, as no photograph is left'}",
        *_fit(summary["fit"]),
        *_first_answers(summary.get("first_answers", {})),
        *(
            f"not used: {setting['name']} = {setting['asked']}, as the published model has "
            f"{setting['used']}"
            for setting in summary["unused"]
        ),
    ]
    return "\n".join([f"run {summary['run_id']}", *(f"  {line}" for line in counts), *stages])


def _first_answers(labels: Mapping[str, Mapping[str, int]]) -> list[str]:
    """What the model in use thought of new photographs."""
    return [
        f"{label}: of {of['photographs']} new photographs the model in use named the species of "
        f"{of['right_species']}, the label of {of['right_label']}, and did not know "
        f"{of['not_known']}"
        for label, of in labels.items()
    ]


def _fit(fit: Mapping[str, Any]) -> list[str]:
    """How well published words describe what is new."""
    if not fit or not fit["mean_distance"]:
        return []
    worst = fit["published_worst_label"]
    lines = [
        f"{label}: {mean:.1f} bits from its words (published: {fit['published_mean_distance']:.1f} "
        f"on average, {worst:.1f} at worst)"
        for label, mean in fit["mean_distance"].items()
    ]
    due = fit["refit_due_for"]
    verdict = (
        f"a refit is due: the words describe {', '.join(due)} worse than any label they were "
        "fitted to (trigger with vocabulary = fit)"
        if due
        else "no refit is due"
    )
    return [*lines, verdict]
