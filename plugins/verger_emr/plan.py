"""The first task of a run: everything that can be refused is refused here, without a cluster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from verger.contract import CURRENT_RELEASE, Release
from verger_emr.cluster import cluster
from verger_emr.deployment import Deployment, DeploymentError
from verger_emr.request import Request
from verger_emr.steps import images_address, steps

if TYPE_CHECKING:
    from airflow.providers.amazon.aws.hooks.s3 import S3Hook


def plan(
    params: Mapping[str, Any], deployment: Deployment, run_id: str, s3: S3Hook
) -> dict[str, Any]:
    """What the run's other tasks will ask for, each under a key of its own (Airflow hands over
    keys, not what is nested in them): `photographs`, `lake`, `cluster`, and a step per stage.

    Raises RequestError or DeploymentError with what to mend.
    """
    request = Request.read(params)
    for address in (deployment.landing, deployment.lake, deployment.logs):
        _check_bucket(s3, address)
    release = _current_release(s3, deployment.code)
    images = images_address(request, deployment)
    return {
        "photographs": f"{images}/*",
        "lake": deployment.lake,
        "cluster": cluster(request, deployment, release, run_id),
        **steps(request, deployment, release, run_id),
    }


def _check_bucket(s3: S3Hook, address: str) -> None:
    bucket, _ = s3.parse_s3_url(f"{address}/")
    if not s3.check_for_bucket(bucket):
        raise DeploymentError(
            f"bucket {bucket} (of {address}) cannot be reached: create it, or let the connection "
            "aws_default read it, or correct the Airflow variable"
        )


def _current_release(s3: S3Hook, code: str) -> Release:
    bucket, key = s3.parse_s3_url(f"{code}/{CURRENT_RELEASE}")
    if not s3.check_for_key(key, bucket):
        raise DeploymentError(
            f"no Spark code is published below {code}: run `make publish CODE={code}` first"
        )
    return Release.from_json(s3.read_key(key, bucket))
