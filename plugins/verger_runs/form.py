"""The form by which people trigger `fruit_features`; request.py checks what comes of it."""

from __future__ import annotations

from airflow.sdk import Param

from verger.contract import K_RANGE, PCA_K_RANGE, PRESETS
from verger_runs.backends import AS_DEPLOYED, CLUSTER, SERVERLESS
from verger_runs.request import FIT, MARKETS, MOST_NODES, REUSE

PARAMS = {
    "prefix": Param(
        "",
        type=["null", "string"],
        title="Photographs below",
        description="Folder below the landing address, or its whole address; empty takes "
        "everything there.",
    ),
    "categories": Param(
        [],
        type=["null", "array"],  # without null the form takes an empty list for a missing one
        items={"type": "string"},
        title="Categories",
        description="Look at these labels alone, one a line (Kumquats, Tamarillo), new names too; "
        "empty: at all.",
    ),
    "vocabulary": Param(
        REUSE,
        enum=[REUSE, FIT],
        values_display={REUSE: "reuse the published one", FIT: "fit a new one"},
        title="Vocabulary",
        description="The published words and components; the first run fits them in any case.",
    ),
    "dry_run": Param(
        False,
        type="boolean",
        title="Dry run",
        description="Only plan: see what is new and what it would cost. No cluster.",
    ),
    "preset": Param(
        PRESETS[0],
        enum=list(PRESETS),
        title="Preset",
        description="fruits: one fruit on white. shop: cluttered photographs. +network: a network "
        "beside, which `verger network` has brought to the lake. seed: the original notebook.",
    ),
    "k": Param(
        1000,
        type="integer",
        minimum=K_RANGE[0],
        maximum=K_RANGE[1],
        title="Visual words",
        description="Size of the vocabulary, where one is fitted.",
    ),
    "pca_k": Param(
        100,
        type="integer",
        minimum=PCA_K_RANGE[0],
        maximum=PCA_K_RANGE[1],
        title="Components",
        description="Columns of the reduced features; at most as many as words.",
    ),
    "backend": Param(
        AS_DEPLOYED,
        enum=[AS_DEPLOYED, CLUSTER, SERVERLESS],
        values_display={
            AS_DEPLOYED: "as this Airflow is set up",
            CLUSTER: "a cluster of the run's own",
            SERVERLESS: "serverless jobs",
        },
        title="Runs on",
        description="Serverless jobs start sooner and cost less for few photographs.",
    ),
    "workers": Param(
        2,
        type="integer",
        minimum=1,
        maximum=MOST_NODES,
        title="Workers",
        description="Of serverless jobs, beside their driver: 4 vCPU and 16 GB each.",
        section="Serverless",
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
        description="Further nodes: they hold no data and are safe to lose.",
        section="Cluster",
    ),
    "task_market": Param(
        MARKETS[0],
        enum=list(MARKETS),
        title="Market of the task nodes",
        description="spot is cheaper, and may be taken away.",
        section="Cluster",
    ),
    "most_dollars": Param(
        0,
        type="number",
        minimum=0,
        title="Ceiling in dollars",
        description="The run stops before it costs if the estimate is above; 0: any.",
    ),
}
