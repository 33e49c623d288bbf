"""The cluster of a run, as the request body of EMR's RunJobFlow. Pure: no AWS call here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from verger.contract import Release
from verger_emr.sizes import spark_sizes, yarn_sizes
from verger_runs.deployment import Deployment
from verger_runs.instances import instance
from verger_runs.request import Request

RELEASE_LABEL = "emr-spark-8.0.0"  # Spark 4.0.2, Python 3.11, JDK 17
# By these tags `reap_clusters` knows a cluster, its run and how old it may become.
PROJECT, DAG, RUN, LAKE, MAX_AGE_HOURS = "project", "dag", "run", "lake", "max-age-hours"
PROJECT_NAME = "verger"
CREATED_BY = "fruit_features"  # the one DAG whose runs create clusters
# Without it AWS's own policy for EMR's service role (v2) refuses the cluster.
EMR_POLICY_TAG = {"Key": "for-use-with-amazon-emr-managed-policies", "Value": "true"}
# Where the bootstrap action installs packages and code, and where compiled kernels are kept.
NODE_PYTHON = "/opt/verger/bin/python"
NODE_KERNELS = "/opt/verger/numba"


def cluster(
    request: Request, deployment: Deployment, release: Release, run_id: str, region: str
) -> dict[str, Any]:
    """RunJobFlow's arguments: one primary node, core nodes, task nodes on the market asked for.

    Raises UnknownInstanceError for a type of machine that cannot be cut to.
    """
    body: dict[str, Any] = {
        "Name": f"verger {run_id}",
        "ReleaseLabel": RELEASE_LABEL,
        "Applications": [{"Name": "Spark"}],
        "LogUri": f"{deployment.logs}/",
        "Instances": _instances(request, deployment),
        "Configurations": _configurations(request, deployment, release, region),
        "BootstrapActions": _bootstrap(deployment, release, region),
        # If Airflow dies, EMR ends the cluster where its nodes reach the internet; where they do
        # not, the watchdog of the bootstrap action does.
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
        "Configurations": [_properties("yarn-site", yarn_sizes(instance(instance_type)))],
    }


def _configurations(
    request: Request, deployment: Deployment, release: Release, region: str
) -> list[dict[str, Any]]:
    workers = [(instance(deployment.core_type), request.core_nodes)]
    if request.task_nodes:
        workers.append((instance(deployment.task_type), request.task_nodes))
    # Without a region, S3 is asked at its global address: us-east-1, out of a private network's
    # reach. EMR's nodes have none in their environment.
    everywhere = {"AWS_REGION": region, "AWS_DEFAULT_REGION": region}
    spark = {
        **spark_sizes(instance(deployment.primary_type), workers),
        "spark.hadoop.fs.s3a.endpoint.region": region,
    }
    if release.wheels:
        spark |= {"spark.pyspark.python": NODE_PYTHON, "spark.pyspark.driver.python": NODE_PYTHON}
        everywhere |= {"NUMBA_CACHE_DIR": NODE_KERNELS}
    spark |= {f"spark.executorEnv.{name}": value for name, value in everywhere.items()}
    driver = {"Classification": "spark-env", "Configurations": [_properties("export", everywhere)]}
    return [_properties("spark-defaults", spark), driver]


def _properties(classification: str, properties: Mapping[str, str]) -> dict[str, Any]:
    return {"Classification": classification, "Properties": dict(properties)}


def _bootstrap(deployment: Deployment, release: Release, region: str) -> list[dict[str, Any]]:
    if not (release.wheels and release.bootstrap):
        return []
    code = release.package.rpartition("/")[0]
    most = deployment.cluster_hours * 3600
    # Spark's settings do not reach the action, which needs the region as drivers do.
    arguments = [release.wheels, code, str(deployment.idle_seconds), str(most), region]
    script = {"Path": release.bootstrap, "Args": arguments}
    return [{"Name": "install packages and code", "ScriptBootstrapAction": script}]
