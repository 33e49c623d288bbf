"""The Spark step of each stage, as EMR's AddJobFlowSteps takes it. Pure: no AWS call here."""

from __future__ import annotations

from typing import Any

from verger.contract import (
    BUILD_VOCABULARY,
    EXTRACT_DESCRIPTORS,
    IMPORT_IMAGES,
    REDUCE_PCA,
    STAGES,
    Release,
)
from verger_emr.deployment import Deployment
from verger_emr.request import Request


def steps(
    request: Request, deployment: Deployment, release: Release, run_id: str
) -> dict[str, dict[str, Any]]:
    """A step for every stage, by the stage's name."""
    return {
        stage: _step(stage, _flags(stage, request, deployment, run_id), release, run_id)
        for stage in STAGES
    }


def images_address(request: Request, deployment: Deployment) -> str:
    """Below this address lie the run's photographs."""
    return "/".join(part for part in (deployment.landing, request.prefix) if part)


def _step(stage: str, flags: list[str], release: Release, run_id: str) -> dict[str, Any]:
    # Client mode: the driver's own words are the step's stderr, not hidden in a YARN container.
    submit = ["spark-submit", "--deploy-mode", "client", "--py-files", release.package]
    return {
        "Name": f"{stage} {run_id}",
        # The DAG terminates the cluster; a failed step must leave it to tell why.
        "ActionOnFailure": "CONTINUE",
        "HadoopJarStep": {
            "Jar": "command-runner.jar",
            "Args": [*submit, release.scripts[stage], *flags],
        },
    }


def _flags(stage: str, request: Request, deployment: Deployment, run_id: str) -> list[str]:
    preset = ["--preset", request.preset]
    own = {
        IMPORT_IMAGES: ["--images", images_address(request, deployment)],
        EXTRACT_DESCRIPTORS: preset,
        BUILD_VOCABULARY: [*preset, "--k", str(request.k)],
        REDUCE_PCA: [*preset, "--pca", str(request.pca_k)],
    }
    return ["--lake", deployment.lake, "--run", run_id, *own.get(stage, [])]
