"""The serverless job of each stage, as EMR's StartJobRun takes it. Pure: no AWS call here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from verger.contract import STAGES, Release
from verger.planning.plan import Plan
from verger_emr.cluster import CREATED_BY, DAG, LAKE, PROJECT, PROJECT_NAME, RUN
from verger_emr.steps import compilers, work_name
from verger_runs.deployment import Deployment

# Longer than the task waits: should Airflow die, EMR ends the job by itself.
MOST_MINUTES = 12 * 60 + 5
# Where Spark unpacks the archive, in the working directories of driver and executors.
ENVIRONMENT = "environment"
PYTHON = f"./{ENVIRONMENT}/bin/python"
KERNELS = "/tmp/verger"  # noqa: S108  a worker is one job's alone
# A worker has 4 vCPU and 16 GB: heap and overhead add up to that. OpenCV and numpy work outside
# the JVM's heap; a vocabulary is fitted in the driver.
WORKER = {
    "spark.driver.cores": "4",
    "spark.driver.memory": "9g",
    "spark.driver.memoryOverhead": "7g",
    "spark.executor.cores": "4",
    "spark.executor.memory": "9g",
    "spark.executor.memoryOverhead": "7g",
    "spark.dynamicAllocation.enabled": "false",
}


def jobs(
    plan: Plan, deployment: Deployment, release: Release, workers: int, region: str
) -> dict[str, dict[str, Any]]:
    """A job for every stage, by the stage's name. What it works on, it reads from the plan."""
    defaults = {
        **WORKER,
        "spark.executor.instances": str(workers),
        **_region(region),
        **_python(release),
    }
    return {stage: _job(stage, plan, deployment, release, defaults) for stage in STAGES}


def _job(
    stage: str, plan: Plan, deployment: Deployment, release: Release, defaults: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "applicationId": deployment.application,
        "executionRoleArn": deployment.job_role,
        "name": work_name(stage, plan),
        "executionTimeoutMinutes": MOST_MINUTES,
        "jobDriver": {
            "sparkSubmit": {
                "entryPoint": release.script,
                "entryPointArguments": [stage, "--lake", deployment.lake, "--run", plan.run_id],
                "sparkSubmitParameters": " ".join(
                    ["--py-files", release.package, *compilers(stage, plan)]
                ),
            }
        },
        "configurationOverrides": {
            "applicationConfiguration": [
                {"classification": "spark-defaults", "properties": dict(defaults)}
            ],
            "monitoringConfiguration": {
                "s3MonitoringConfiguration": {"logUri": f"{deployment.logs}/"}
            },
        },
        "tags": {
            PROJECT: PROJECT_NAME,
            DAG: CREATED_BY,
            RUN: plan.run_id,
            LAKE: deployment.lake,
        },
    }


def _region(region: str) -> dict[str, str]:
    """Without one, S3 would be asked at its global address."""
    places = ("spark.emr-serverless.driverEnv", "spark.executorEnv")
    names = ("AWS_REGION", "AWS_DEFAULT_REGION")
    everywhere = {f"{place}.{name}": region for place in places for name in names}
    return {**everywhere, "spark.hadoop.fs.s3a.endpoint.region": region}


def _python(release: Release) -> dict[str, str]:
    """There are no bootstrap actions: the packages come as an archive that Spark unpacks. Kernels
    are compiled once on each worker, and kept where all its Python processes find them.

    https://docs.aws.amazon.com/emr/latest/EMR-Serverless-UserGuide/using-python-libraries.html
    """
    if not release.archive:
        return {}
    return {
        "spark.archives": f"{release.archive}#{ENVIRONMENT}",
        "spark.emr-serverless.driverEnv.XDG_CACHE_HOME": KERNELS,
        "spark.executorEnv.XDG_CACHE_HOME": KERNELS,
        "spark.emr-serverless.driverEnv.PYSPARK_DRIVER_PYTHON": PYTHON,
        "spark.emr-serverless.driverEnv.PYSPARK_PYTHON": PYTHON,
        "spark.executorEnv.PYSPARK_PYTHON": PYTHON,
    }
