"""
# Ends clusters that nobody needs any more

The last net. A run of `fruit_features` terminates its cluster whatever happens, and EMR ends a
cluster that idles. Every hour this DAG looks at the clusters that are up and tagged
`project=verger`, and ends those that

- are older than their tag `max-age-hours` allows (Airflow variable `verger_cluster_hours`), or
- work for a run of this Airflow that is neither queued nor running, after a quarter of an hour.

It touches no other cluster, and none with termination protection: somebody switched that on by
hand. The task's log shows every cluster of the project, and what became of it and why.

**Try it** with *Dry run*: the same table, and nothing is ended.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, Param, get_current_context, task
from airflow.sdk.exceptions import AirflowException

from verger_runs.defaults import default_args


@task
def reap() -> list[str]:
    """End what nobody needs; returns the ids of the clusters that were."""
    from datetime import UTC, datetime

    from airflow.providers.amazon.aws.hooks.emr import EmrHook

    from verger_emr.reaper import as_table, survey
    from verger_emr.reaper import reap as end
    from verger_runs.deployment import Deployment

    context = get_current_context()
    run = context["ti"]

    def is_live(dag_id: str, run_id: str) -> bool:
        live = ["queued", "running"]
        return bool(run.get_dr_count(dag_id=dag_id, run_ids=[run_id], states=live))

    lake = Deployment.from_airflow().lake
    emr, dry_run = EmrHook().conn, context["params"]["dry_run"]
    verdicts = survey(emr, lake, is_live)
    refused = [] if dry_run else end(emr, verdicts)
    print(as_table(verdicts, datetime.now(UTC), dry_run))  # noqa: T201  where people look
    if refused:
        raise AirflowException("EMR refused: " + "; ".join(refused))
    return [verdict.cluster.id for verdict in verdicts if verdict.doomed]


with DAG(
    dag_id="reap_clusters",
    description="Ends this project's EMR clusters that are too old or whose run is over.",
    doc_md=__doc__,
    schedule="@hourly",
    catchup=False,
    max_active_runs=1,
    tags=["verger", "emr", "housekeeping"],
    params={
        "dry_run": Param(
            False,
            type="boolean",
            title="Dry run",
            description="Only show what would be ended.",
        )
    },
    default_args=default_args(timedelta(minutes=1)),
):
    reap()
