"""The cluster of a run, as the request body of EMR's RunJobFlow. Pure: no AWS call here."""

from __future__ import annotations

from typing import Any

from verger.contract import Release
from verger_runs.deployment import Deployment
from verger_runs.request import Request

RELEASE_LABEL = "emr-spark-8.0.0"  # Spark 4.0.2, Python 3.11, JDK 17
# By these tags `reap_clusters` knows a cluster, its run and how old it may become.
PROJECT, DAG, RUN, LAKE, MAX_AGE_HOURS = "project", "dag", "run", "lake", "max-age-hours"
PROJECT_NAME = "verger"
CREATED_BY = "fruit_features"  # the one DAG whose runs create clusters
# Without it AWS's own policy for EMR's service role (v2) refuses the cluster.
EMR_POLICY_TAG = {"Key": "for-use-with-amazon-emr-managed-policies", "Value": "true"}
NODE_PYTHON = "/opt/verger/bin/python"


def cluster(
    request: Request, deployment: Deployment, release: Release, run_id: str
) -> dict[str, Any]:
    """RunJobFlow's arguments: one primary node, core nodes, task nodes on the market asked for."""
    body: dict[str, Any] = {
        "Name": f"verger {run_id}",
        "ReleaseLabel": RELEASE_LABEL,
        "Applications": [{"Name": "Spark"}],
        "LogUri": f"{deployment.logs}/",
        "Instances": _instances(request, deployment),
        "Configurations": _configurations(release),
        "BootstrapActions": _bootstrap(release),
        # If Airflow dies between two steps, EMR itself ends the cluster.
        "AutoTerminationPolicy": {"IdleTimeout": deployment.idle_seconds},
        "StepConcurrencyLevel": 1,
        "ServiceRole": deployment.service_role,
        "JobFlowRole": deployment.instance_profile,
        "VisibleToAllUsers": True,
        "Tags": [EMR_POLICY_TAG, *_tags(deployment, run_id)],
    }
    if deployment.security_configuration:
        body["SecurityConfiguration"] = deployment.security_configuration
    return body


def _tags(deployment: Deployment, run_id: str) -> list[dict[str, str]]:
    tags = {
        PROJECT: PROJECT_NAME,
        DAG: CREATED_BY,
        RUN: run_id,
        # Two Airflows in one account have a lake each: neither knows the other's runs.
        LAKE: deployment.lake,
        # An age, no date: a cleared task asks for a cluster again, hours after the plan.
        MAX_AGE_HOURS: str(deployment.cluster_hours),
    }
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _instances(request: Request, deployment: Deployment) -> dict[str, Any]:
    groups = [
        _group("primary", "MASTER", "ON_DEMAND", deployment.primary_type, 1),
        _group("core", "CORE", "ON_DEMAND", deployment.core_type, request.core_nodes),
    ]
    if request.task_nodes:
        # Task nodes hold no data, so losing one to the spot market costs only its tasks.
        market = request.task_market.upper().replace("-", "_")
        groups.append(_group("task", "TASK", market, deployment.task_type, request.task_nodes))
    instances: dict[str, Any] = {
        "InstanceGroups": groups,
        "KeepJobFlowAliveWhenNoSteps": True,
        "TerminationProtected": False,
    }
    if deployment.subnet:
        instances["Ec2SubnetId"] = deployment.subnet
    return instances


def _group(name: str, role: str, market: str, instance_type: str, count: int) -> dict[str, Any]:
    return {
        "Name": name,
        "InstanceRole": role,
        "Market": market,
        "InstanceType": instance_type,
        "InstanceCount": count,
    }


def _configurations(release: Release) -> list[dict[str, Any]]:
    spark = {
        # OpenCV and numpy work outside the JVM's heap, in the Python workers.
        "spark.executor.memoryOverheadFactor": "0.4",
        "spark.driver.memory": "6g",
    }
    if release.wheels:
        spark |= {"spark.pyspark.python": NODE_PYTHON, "spark.pyspark.driver.python": NODE_PYTHON}
    return [{"Classification": "spark-defaults", "Properties": spark}]


def _bootstrap(release: Release) -> list[dict[str, Any]]:
    if not (release.wheels and release.bootstrap):
        return []
    script = {"Path": release.bootstrap, "Args": [release.wheels]}
    return [{"Name": "install the locked Python packages", "ScriptBootstrapAction": script}]
