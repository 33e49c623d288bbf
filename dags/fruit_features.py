"""
# From fruit photographs to features, and to what fruit it is

Waits for photographs on S3, creates an EMR cluster, runs one Spark step per stage, and terminates
the cluster whatever happens; or runs one EMR Serverless job per stage, without a cluster. Where
nothing is new, nothing of either is asked for.

| task | what it does | what it leaves in the lake |
|---|---|---|
| `check_request` | checks the request and the deployment | |
| `wait_for_photographs` | waits for photographs, and until their delivery is complete | |
| `plan` | what is new, what is reused, what it will cost | `runs/<run id>/plan.json` |
| `has_work` | goes on to the stages only where there is work | |
| `create_cluster` | an EMR cluster for this run alone; none where its stages are jobs | |
| `import_images` | packs new photographs out of their small files | `images`, `quarantine` |
| `extract_descriptors` | ORB, colours, statistics | `descriptors`, `patches`, `statistics` |
| `build_vocabulary` | words, or the published ones | `vocabulary`, `colour_vocabulary` |
| `pivot_histograms` | words counted | `histograms`, `colour_histograms`, `bovw` |
| `reduce_pca` | principal components | `projections`, `features_pca.csv` |
| `train_classifier` | a classifier of all labels, and how often it is right | `classifier` |
| `terminate_cluster` | always, once the cluster exists; or cancels jobs that still run | |
| `summarise` | counts, seconds and addresses of this run | `runs/<run id>/summary.json` |
| `publish` | makes this run's model the one in use, unless it is worse | `models/` |
| `watch` | fails where any task has failed, so that the run does too | |

**Trigger it** with the form: everything has a default. **By itself** it runs daily, and on news of
photographs where a queue is set. **New categories** are backfilled by naming them, here or in the
backfill form: the published words are reused, the classifier learns them beside the others, and
nothing else is touched. **Run it again** at
will: what is done already takes seconds. **When a task is red**, its log ends with the step's own
error, in words that say what to do.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.configuration import conf
from airflow.sdk import DAG, Asset, chain, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from verger.contract import STAGES
from verger_emr.lifecycle import EmrEndClusterOperator, EmrStartClusterOperator
from verger_emr.operators import EmrStageOperator
from verger_runs.defaults import default_args, poll_seconds
from verger_runs.form import PARAMS
from verger_runs.landing import schedule
from verger_runs.notify import on_new_model
from verger_runs.waiting import DeliverySensor, is_manual

FEATURES = Asset(name="fruit_features", uri="verger://fruit_features", group="verger")
MODEL = Asset(name="fruit_model", uri="verger://fruit_model", group="verger")
POLL_SECONDS = poll_seconds()
DEFERRABLE = conf.getboolean("operators", "default_deferrable", fallback=False)


@task
def check_request() -> dict[str, str]:
    """Refuse what cannot be, before anything waits or costs."""
    from airflow.providers.amazon.aws.hooks.s3 import S3Hook

    from verger_emr.plan import check
    from verger_runs.deployment import Deployment
    from verger_runs.refusals import without_retry

    with without_retry():
        here = Deployment.from_airflow()
        images = check(get_current_context()["params"], here, S3Hook())
    return {"images": images, "delivery": here.delivery}


@task
def plan() -> dict[str, Any]:
    """What is new, what is reused, what it will cost."""
    from airflow.providers.amazon.aws.hooks.s3 import S3Hook

    from verger.errors import NoPhotographsError
    from verger_emr.plan import plan
    from verger_runs.deployment import Deployment
    from verger_runs.refusals import without_retry

    context = get_current_context()
    with without_retry():
        try:
            planned = plan(
                context["params"], Deployment.from_airflow(), context["run_id"], S3Hook()
            )
        except NoPhotographsError as error:
            if is_manual(context):
                raise
            raise AirflowSkipException(str(error)) from error  # a clock ticks on empty places too
    print(planned["table"])  # noqa: T201  the task's log is where people look
    return planned


@task.branch
def has_work(to_do: list[str], dry_run: bool) -> str | None:
    """To the stages, straight to the summary, or nowhere."""
    if dry_run:
        return None
    return "create_cluster" if to_do else "summarise"


@task(outlets=[FEATURES], trigger_rule="none_failed_min_one_success")
def summarise() -> dict[str, Any]:
    """Gather what the stages recorded."""
    from airflow.providers.amazon.aws.hooks.s3 import S3Hook

    from verger_runs.deployment import Deployment
    from verger_runs.results import as_table, summarise_run

    context = get_current_context()
    summary = summarise_run(
        S3Hook(), context["params"], Deployment.from_airflow(), context["run_id"]
    )
    context["outlet_events"][FEATURES].extra = {
        name: summary[name] for name in ("run_id", "images", "labels", "k", "pca_k", "features_csv")
    }
    print(as_table(summary))  # noqa: T201  the task's log is where people look
    return summary


@task(inlets=[FEATURES], outlets=[MODEL], on_success_callback=on_new_model())
def publish() -> str:
    """Promote the models that this run fitted; their gates have passed."""
    from dataclasses import asdict

    from airflow.providers.amazon.aws.hooks.s3 import S3Hook

    from verger_runs.deployment import Deployment
    from verger_runs.results import publish_run

    context = get_current_context()
    model = publish_run(S3Hook(), Deployment.from_airflow(), context["run_id"])
    if model is None:
        raise AirflowSkipException("the models in use stay in use")
    known = asdict(model)
    context["outlet_events"][MODEL].extra = {
        name: known[name] for name in ("id", "preset", "k", "pca_k", "photographs", "mean_distance")
    }
    return model.id


@task(on_failure_callback=None, retries=3)
def watch() -> None:
    """Fail where a task of the run has failed."""
    from verger_emr.lifecycle import failed_tasks

    run = get_current_context()["ti"]
    states = run.get_task_states(dag_id=run.dag_id, run_ids=[run.run_id])
    if failed := failed_tasks(states[run.run_id]):
        raise AirflowFailException(f"the run has failed in {', '.join(failed)}")


with DAG(
    dag_id="fruit_features",
    description="Photographs on S3 -> ORB -> visual words -> histograms -> PCA, on EMR.",
    doc_md=__doc__,
    schedule=schedule(),
    catchup=False,
    max_active_runs=1,
    tags=["verger", "emr", "spark"],
    params=PARAMS,
    default_args=default_args(timedelta(seconds=POLL_SECONDS)),
) as dag:
    checked = check_request().as_setup()
    photographs = DeliverySensor(
        task_id="wait_for_photographs",
        images=checked["images"],
        delivery=checked["delivery"],
        deferrable=DEFERRABLE,
        poke_interval=POLL_SECONDS,
        timeout=timedelta(hours=12).total_seconds(),
    )
    planned = plan()
    chosen = has_work(planned["to_do"], planned["dry_run"])
    cluster = EmrStartClusterOperator(
        task_id="create_cluster",
        body=planned["cluster"],
        poll_seconds=POLL_SECONDS,
        deferrable=DEFERRABLE,
    ).as_setup()
    stages = [
        EmrStageOperator(
            task_id=stage,
            stage=stage,
            backend=planned["backend"],
            cluster_id=cluster.output,
            work=planned[stage],
            lake=planned["lake"],
            poll_seconds=POLL_SECONDS,
            execution_timeout=timedelta(hours=12),
        )
        for stage in STAGES
    ]
    terminate = EmrEndClusterOperator(
        task_id="terminate_cluster",
        cluster_id=cluster.output,
        application=planned["application"],
        lake=planned["lake"],
        retries=3,
    ).as_teardown(setups=cluster)
    summary, published = summarise(), publish()
    # Airflow counts the last tasks alone: where a person marks the run as failed, they are skipped.
    last = watch().as_teardown(setups=checked, on_failure_fail_dagrun=True)

    chain(checked, photographs, planned, chosen, cluster, *stages, terminate)
    chain([chosen, stages[-1]], summary, published, last)
    terminate >> last
