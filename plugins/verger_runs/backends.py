"""Where stages run: on a cluster that the run creates, or as jobs of a serverless application."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from verger_runs.deployment import Deployment
    from verger_runs.request import Request

CLUSTER, SERVERLESS = "cluster", "serverless"
BACKENDS = (CLUSTER, SERVERLESS)
AS_DEPLOYED = "as deployed"  # the form's default: what the Airflow variable verger_backend says


def chosen_backend(request: Request, deployment: Deployment) -> str:
    """Where this request's stages run; the form overrules the deployment."""
    return deployment.backend if request.backend == AS_DEPLOYED else request.backend
