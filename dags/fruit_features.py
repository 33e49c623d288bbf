"""
# From fruit photographs to features

Waits for photographs on S3, creates an EMR cluster, runs one Spark step per stage, and terminates
the cluster whatever happens.

| task | what it does | what it leaves in the lake |
|---|---|---|
| `plan` | checks the request and the deployment; nothing has cost money yet | |
| `wait_for_photographs` | waits until the prefix holds something | |
| `create_cluster` | an EMR cluster for this run alone | |
| `import_images` | packs photographs out of their small files | `images`, `quarantine` |
| `extract_descriptors` | ORB: n x 32 bytes per photograph | `descriptors` |
| `build_vocabulary` | k visual words | `vocabulary` |
| `pivot_histograms` | words counted per photograph and per label | `histograms`, `bovw` |
| `reduce_pca` | principal components | `projections`, `features_pca.csv` |
| `terminate_cluster` | always, once the cluster exists | |
| `summarise` | counts, seconds and addresses of this run | `runs/<run id>/summary.json` |

**Trigger it** with the form: everything has a default. **Run it again** at will: a stage whose
inputs and settings are the same finds its checkpoint and takes seconds. **When a task is red**, its
log ends with the step's own error, in words that say what to do.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.configuration import conf
from airflow.providers.amazon.aws.operators.emr import (
    EmrCreateJobFlowOperator,
    EmrTerminateJobFlowOperator,
)
from airflow.providers.amazon.aws.sensors.s3 import S3KeySensor
from airflow.sdk import DAG, Asset, Param, Variable, chain, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException

from verger.contract import K_RANGE, PCA_K_RANGE, PRESETS, STAGES
from verger_emr.operators import EmrStageOperator
from verger_emr.request import MOST_NODES

FEATURES = Asset(name="fruit_features", uri="verger://fruit_features", group="verger")
POLL_SECONDS = conf.getint("verger", "poll_seconds", fallback=15)

PARAMS = {
    "prefix": Param(
        "",
        type=["null", "string"],
        title="Photographs below",
        description="Folder below the landing address; empty takes everything there.",
    ),
    "preset": Param(
        PRESETS[0],
        enum=list(PRESETS),
        title="Preset",
        description="fruits: Hamming vocabulary, PCA of photographs. seed: the original notebook.",
    ),
    "k": Param(
        1000,
        type="integer",
        minimum=K_RANGE[0],
        maximum=K_RANGE[1],
        title="Visual words",
        description="Size of the vocabulary.",
    ),
    "pca_k": Param(
        100,
        type="integer",
        minimum=PCA_K_RANGE[0],
        maximum=PCA_K_RANGE[1],
        title="Components",
        description="Columns of the reduced features; at most as many as words.",
    ),
    "core_nodes": Param(
        2,
        type="integer",
        minimum=1,
        maximum=MOST_NODES,
        title="Core nodes",
        description="On-demand nodes of the cluster.",
        section="Cluster",
    ),
    "task_nodes": Param(
        0,
        type="integer",
        minimum=0,
        maximum=MOST_NODES,
        title="Task nodes",
        description="Further nodes on the spot market: cheaper, and safe to lose.",
        section="Cluster",
    ),
}


@task
def plan() -> dict[str, Any]:
    """Check everything that can be checked without a cluster."""
    from airflow.providers.amazon.aws.hooks.s3 import S3Hook

    from verger_emr.deployment import Deployment, DeploymentError
    from verger_emr.plan import plan
    from verger_emr.request import RequestError

    context = get_current_context()
    try:
        deployment = Deployment.read(lambda name: Variable.get(name, default=None))
        return plan(context["params"], deployment, context["run_id"], S3Hook())
    except (RequestError, DeploymentError) as error:
        raise AirflowFailException(str(error)) from error  # trying again would not help


@task(outlets=[FEATURES])
def summarise(lake: str) -> dict[str, Any]:
    """Gather what the stages recorded."""
    from airflow.providers.amazon.aws.hooks.s3 import S3Hook

    from verger_emr.results import as_table, summarise_run

    context = get_current_context()
    summary = summarise_run(S3Hook(), lake, context["run_id"])
    context["outlet_events"][FEATURES].extra = {
        name: summary[name] for name in ("run_id", "images", "labels", "k", "pca_k", "features_csv")
    }
    print(as_table(summary))  # noqa: T201  the task's log is where people look
    return summary


with DAG(
    dag_id="fruit_features",
    description="Photographs on S3 -> ORB -> visual words -> histograms -> PCA, on EMR.",
    doc_md=__doc__,
    schedule=None,
    catchup=False,
    max_active_runs=1,
    tags=["verger", "emr", "spark"],
    params=PARAMS,
    default_args={
        "owner": "verger",
        "retries": 1,
        "retry_delay": timedelta(seconds=max(POLL_SECONDS, 1)),
    },
) as dag:
    planned = plan()
    photographs = S3KeySensor(
        task_id="wait_for_photographs",
        bucket_key=planned["photographs"],
        wildcard_match=True,
        poke_interval=POLL_SECONDS,
        timeout=timedelta(hours=12).total_seconds(),
    )
    cluster = EmrCreateJobFlowOperator(
        task_id="create_cluster",
        emr_conn_id=None,
        job_flow_overrides=planned["cluster"],
        wait_for_completion=True,
        waiter_delay=POLL_SECONDS,
        waiter_max_attempts=int(timedelta(hours=1).total_seconds() // POLL_SECONDS),
    ).as_setup()
    stages = [
        EmrStageOperator(
            task_id=stage,
            stage=stage,
            cluster_id=cluster.output,
            step=planned[stage],
            poll_seconds=POLL_SECONDS,
            execution_timeout=timedelta(hours=12),
        )
        for stage in STAGES
    ]
    terminate = EmrTerminateJobFlowOperator(
        task_id="terminate_cluster",
        job_flow_id=cluster.output,
        waiter_delay=POLL_SECONDS,
        retries=3,
    ).as_teardown(setups=cluster)

    chain(planned, photographs, cluster, *stages, terminate)
    chain(stages[-1], summarise(planned["lake"]))
