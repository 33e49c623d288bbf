"""The serverless job of each stage, and what a run of them costs: pure functions."""

import subprocess
import sys
from dataclasses import replace

import boto3
import pytest
from botocore.validate import ParamValidator

from infra.publish import pack
from tests.plans import planned
from verger.config.settings import SEED
from verger.contract import STAGES, Release
from verger.lake.store import Lake
from verger_emr.jobs import KERNELS, PYTHON, jobs
from verger_emr.plan import as_table
from verger_emr.steps import steps
from verger_runs.backends import AS_DEPLOYED, CLUSTER, SERVERLESS, chosen_backend
from verger_runs.deployment import Deployment, DeploymentError
from verger_runs.estimate import TooDearError, estimate
from verger_runs.prices import NoPriceError, Prices
from verger_runs.request import Request
from verger_runs.serverless_cost import LEAST_SECONDS, WORKER_CORES, WORKER_GB, serverless_cost

FITTED_IN_THE_JVM = ("build_vocabulary", "reduce_pca")
ROLE = "arn:aws:iam::123456789012:role/verger-job"
DEPLOYMENT = Deployment(
    "s3://in", "s3://lake", "s3://code", "s3://logs/emr", application="00app", job_role=ROLE
)
RELEASE = Release(
    *("s3://code/v/verger.zip", "s3://code/v/step.py", "s3://code/wheels/v"),
    *("s3://code/v/bootstrap.sh", "5.0", "s3://code/environments/v/environment.tar.gz"),
)
REQUEST = Request("", "fruits", 500, 50, core_nodes=2, task_nodes=0, backend=SERVERLESS)
REGION = "eu-west-3"
PRICES = Prices.of(REGION)
MADE = jobs(planned("run-1"), DEPLOYMENT, RELEASE, workers=3, region=REGION)
# EMR Serverless User Guide, "Worker configurations": vCPU, least and most GB.
SIZES = {1: (2, 8), 2: (4, 16), 4: (8, 30), 8: (16, 60), 16: (32, 120)}


def defaults(job):
    (spark,) = job["configurationOverrides"]["applicationConfiguration"]
    assert spark["classification"] == "spark-defaults"
    return spark["properties"]


def test_every_job_is_a_valid_request():
    model = boto3.client("emr-serverless", region_name="eu-west-1").meta.service_model
    shape = model.operation_model("StartJobRun").input_shape
    assert list(MADE) == list(STAGES)
    for job in MADE.values():
        body = {**job, "clientToken": "t"}
        assert ParamValidator().validate(body, shape).generate_report() == ""
        assert set(job) <= set(shape.members)


@pytest.mark.parametrize("machine", ["driver", "executor"])
def test_a_worker_has_a_size_that_there_is_and_that_is_paid_for(machine):
    settings = defaults(MADE["reduce_pca"])
    cores = int(settings[f"spark.{machine}.cores"])
    gigabytes = sum(
        int(settings[f"spark.{machine}.{part}"].removesuffix("g"))
        for part in ("memory", "memoryOverhead")
    )
    least, most = SIZES[cores]
    assert least <= gigabytes <= most
    assert (cores, gigabytes) == (WORKER_CORES, WORKER_GB)


def test_a_job_has_the_workers_that_were_asked_for():
    settings = defaults(MADE["reduce_pca"])
    assert settings["spark.executor.instances"] == "3"
    assert settings["spark.dynamicAllocation.enabled"] == "false"


def test_a_job_does_what_the_step_of_its_stage_does_under_the_same_name():
    of_cluster = steps(planned("run-1"), "s3://lake", RELEASE)
    for stage, job in MADE.items():
        spark = job["jobDriver"]["sparkSubmit"]
        words = of_cluster[stage]["HadoopJarStep"]["Args"]
        assert words[-6:] == [spark["entryPoint"], *spark["entryPointArguments"]]
        assert spark["sparkSubmitParameters"] == f"--py-files {RELEASE.package}"
        assert job["name"] == of_cluster[stage]["Name"]


def test_where_the_jvm_computes_a_job_is_told_to_compile_well_as_a_step_is():
    plan = replace(planned(), preset=SEED)
    of_cluster = steps(plan, "s3://lake", RELEASE)
    for stage, job in jobs(plan, DEPLOYMENT, RELEASE, 1, REGION).items():
        told = job["jobDriver"]["sparkSubmit"]["sparkSubmitParameters"].split()
        words = of_cluster[stage]["HadoopJarStep"]["Args"]
        assert ("--conf" in told) == ("--conf" in words) == (stage in FITTED_IN_THE_JVM)
        assert set(told) <= set(words) | {"--py-files", RELEASE.package}


def test_driver_and_executors_use_the_packages_of_the_archive():
    settings = defaults(MADE["reduce_pca"])
    assert settings["spark.archives"] == f"{RELEASE.archive}#environment"
    for name in ("emr-serverless.driverEnv.PYSPARK_DRIVER_PYTHON", "executorEnv.PYSPARK_PYTHON"):
        assert settings[f"spark.{name}"] == PYTHON
    bare = replace(RELEASE, wheels=None, bootstrap=None, archive=None)
    assert "spark.archives" not in defaults(
        jobs(planned(), DEPLOYMENT, bare, 1, REGION)["reduce_pca"]
    )


def test_compiled_kernels_are_kept_for_all_processes_of_a_worker(tmp_path):
    settings = defaults(MADE["reduce_pca"])
    assert settings["spark.executorEnv.XDG_CACHE_HOME"] == KERNELS
    (tmp_path / "verger.zip").write_bytes(pack())
    code = (
        "from numba.core.caching import FunctionCache\n"
        "from verger.kernels import hamming\n"
        "kernel = next(of for of in vars(hamming).values() if hasattr(of, 'py_func'))\n"
        "print(FunctionCache(kernel.py_func).cache_path)"
    )
    said = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "verger.zip"), "XDG_CACHE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.startswith(f"{tmp_path}/numba/")


def test_jobs_are_found_by_their_tags_and_keep_their_logs():
    job = MADE["reduce_pca"]
    assert job["tags"] == {
        "project": "verger",
        "dag": "fruit_features",
        "run": "run-1",
        "lake": "s3://lake",
    }
    monitoring = job["configurationOverrides"]["monitoringConfiguration"]
    assert monitoring["s3MonitoringConfiguration"] == {"logUri": "s3://logs/emr/"}


def test_the_form_overrules_the_deployment():
    serverless = replace(DEPLOYMENT, backend=SERVERLESS)
    as_deployed = replace(REQUEST, backend=AS_DEPLOYED)
    assert chosen_backend(as_deployed, serverless) == SERVERLESS
    assert chosen_backend(as_deployed, DEPLOYMENT) == CLUSTER
    assert chosen_backend(replace(REQUEST, backend=CLUSTER), serverless) == CLUSTER


def test_a_deployment_without_an_application_says_what_to_set():
    with pytest.raises(DeploymentError, match="variables verger_application, verger_job_role"):
        replace(DEPLOYMENT, application="", job_role="").require_serverless()
    DEPLOYMENT.require_serverless()


def test_an_unknown_backend_of_a_deployment_is_refused():
    variables = dict.fromkeys(
        [f"verger_{n}" for n in ("landing", "lake", "code", "logs")], "s3://a"
    )
    with pytest.raises(DeploymentError, match="use cluster or serverless"):
        Deployment.read({**variables, "verger_backend": "mainframe"}.get)


def test_a_worker_and_a_driver_for_an_hour_cost_what_the_price_list_says():
    one = serverless_cost({"reduce_pca": 3600.0}, workers=1, region=REGION)
    assert (one.vcpu_hours, one.gb_hours) == (8, 32)
    assert one.dollars == pytest.approx(2 * 0.363, rel=0.01)


def test_short_jobs_are_billed_a_minute_each():
    short, minutes = (dict.fromkeys(STAGES[:2], of) for of in (1.0, float(LEAST_SECONDS)))
    assert serverless_cost(short, 1, REGION) == serverless_cost(minutes, 1, REGION)


def test_a_region_without_prices_is_named():
    with pytest.raises(NoPriceError, match="eu-west-9: add them to serverless_prices"):
        serverless_cost({}, 1, "eu-west-9")


@pytest.mark.parametrize("place", ["emr-serverless.driverEnv", "executorEnv"])
def test_driver_and_executors_know_their_region(place):
    settings = defaults(MADE["reduce_pca"])
    assert settings[f"spark.{place}.AWS_REGION"] == REGION
    assert settings["spark.hadoop.fs.s3a.endpoint.region"] == REGION


def test_a_daily_hundred_photographs_cost_less_than_on_a_cluster_of_their_own(tmp_path):
    lake, plan = Lake.at(str(tmp_path)), planned(new=100, k=1000)
    jobs_cost = estimate(plan, STAGES, REQUEST, DEPLOYMENT, lake, PRICES, 15)
    of_cluster = replace(REQUEST, backend=CLUSTER)
    cluster = estimate(plan, STAGES, of_cluster, DEPLOYMENT, lake, PRICES, 15)
    assert (jobs_cost.dollars, cluster.dollars) == (0.11, 0.23)
    assert (jobs_cost.node_hours, cluster.vcpu_hours) == (0, 0)
    table = as_table(plan, list(STAGES), jobs_cost)
    assert f"{jobs_cost.vcpu_hours:g} vCPU-hours" in table
    assert "12 vCPUs of the quota of EMR Serverless" in table


def test_jobs_have_a_ceiling_too(tmp_path):
    with pytest.raises(TooDearError, match="fewer workers"):
        estimate(
            *(planned(new=10_000_000), STAGES, replace(REQUEST, most_dollars=0.01)),
            *(DEPLOYMENT, Lake.at(str(tmp_path)), PRICES, 15),
        )
