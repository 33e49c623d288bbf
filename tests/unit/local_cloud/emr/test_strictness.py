"""What the real EMR would not take is not taken here, and what its nodes lack is lacking."""

from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.emr.models import ElasticMapReduceBackend

from local_cloud.emr.blueprint import Blueprint
from local_cloud.s3 import REGION
from tests.dags.test_emr_requests import BODY
from tests.emr_endpoint import ACCESS, BUCKET, SECRET, EmrServer, emr_server, eventually, step
from verger_emr.cluster import NODE_PYTHON

GROUP = {"InstanceRole": "MASTER", "InstanceType": "m7i.xlarge", "InstanceCount": 1}
ENVIRONMENT = """
import os
print("regions", [name for name in os.environ if name in ("AWS_REGION", "AWS_DEFAULT_REGION")])
print("told", os.environ.get("TOLD"))
"""


def asked(server: EmrServer, **changed: Any) -> str:
    body = {
        "Name": "strict",
        "ReleaseLabel": "emr-spark-8.0.0",
        "Instances": {"InstanceGroups": [GROUP], "KeepJobFlowAliveWhenNoSteps": True},
        **changed,
    }
    return str(server.emr.run_job_flow(**body)["JobFlowId"])


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"ReleaseLabel": "emr-spark-99.0.0"}, "release label is invalid: emr-spark-99"),
        ({"Instances": {"InstanceGroups": [{**GROUP, "InstanceType": "m7i.large"}]}}, "m7i.large"),
        ({"AutoTerminationPolicy": {"IdleTimeout": 700_000}}, "IdleTimeout must be"),
    ],
)
def test_what_runjobflow_would_refuse_is_refused(
    server: EmrServer, changed: dict[str, Any], told: str
) -> None:
    with pytest.raises(ClientError, match=told) as refusal:
        asked(server, **changed)
    assert refusal.value.response["Error"]["Code"] == "ValidationException"


def test_a_step_knows_no_region_but_the_one_that_its_cluster_exports(server: EmrServer) -> None:
    script = server.upload("environment.py", ENVIRONMENT)
    export = {"Classification": "export", "Properties": {"TOLD": "x", "AWS_REGION": "eu-west-3"}}
    for configurations, said in (
        ([], "regions []\ntold None"),
        (
            [{"Classification": "spark-env", "Configurations": [export]}],
            "regions ['AWS_REGION']\ntold x",
        ),
    ):
        cluster = asked(server, Configurations=configurations, LogUri=f"s3://{BUCKET}/strict/")
        (only,) = server.add(cluster, step(script))
        server.await_step(cluster, only, "COMPLETED")
        assert said in server.whole_log("strict", cluster, only, "stdout")


def test_executors_that_no_node_has_room_for_are_refused_as_yarn_refuses_them(
    server: EmrServer,
) -> None:
    spark = {"spark.executor.memory": "18971m", "spark.executor.memoryOverhead": "7589m"}
    yarn = {"yarn.nodemanager.resource.memory-mb": "24576"}
    core = {
        "InstanceRole": "CORE",
        "InstanceType": "m7i.2xlarge",
        "InstanceCount": 1,
        "Configurations": [{"Classification": "yarn-site", "Properties": yarn}],
    }
    cluster = asked(
        server,
        Instances={"InstanceGroups": [GROUP, core], "KeepJobFlowAliveWhenNoSteps": True},
        Configurations=[{"Classification": "spark-defaults", "Properties": spark}],
    )
    (only,) = server.add(cluster, step("s3://orchard/any.py"))
    failure = server.await_step(cluster, only, "FAILED")["FailureDetails"]
    assert "overhead (7589 MB)" in failure["Message"]
    assert "above the max threshold (24576 MB)" in failure["Message"]


def test_the_projects_own_cluster_has_room_for_its_executors_and_keeps_what_fits_here() -> None:
    wanted = Blueprint.read(BODY, ElasticMapReduceBackend("eu-west-3", "1")._instance_types)
    assert wanted.unfitting is None
    assert wanted.vcpus == 4 + (3 + 4) * 8
    assert wanted.environment["AWS_REGION"] == "eu-west-3"
    assert "spark.executorEnv.AWS_REGION" in wanted.settings
    assert not [name for name in wanted.settings if name.endswith((".memory", ".cores"))]


def bootstrapping(server: EmrServer, script: str, *arguments: str) -> dict[str, Any]:
    action = {"Path": server.upload("bootstrap.sh", script), "Args": list(arguments)}
    return {"BootstrapActions": [{"Name": "prepare", "ScriptBootstrapAction": action}]}


def test_bootstrap_actions_run_before_the_cluster_takes_steps(
    server: EmrServer, tmp_path: Path
) -> None:
    gate, mark = tmp_path / "gate", tmp_path / "mark"
    script = 'while [ ! -e "$1" ]; do sleep 0.1; done; sudo touch "$2"'
    cluster = asked(server, **bootstrapping(server, script, str(gate), str(mark)))
    server.await_cluster(cluster, "BOOTSTRAPPING")
    assert not mark.exists()
    gate.touch()
    server.await_cluster(cluster, "WAITING")
    assert mark.exists()


NODE = {"spark.pyspark.python": NODE_PYTHON, "spark.pyspark.driver.python": NODE_PYTHON}
NAMED = {"Configurations": [{"Classification": "spark-defaults", "Properties": NODE}]}
WHOSE_PYTHON = "import sys; print(sys.prefix)"


def test_a_step_runs_on_the_python_that_its_cluster_names_and_that_an_action_has_installed(
    server: EmrServer,
) -> None:
    action = bootstrapping(server, 'sudo python3.11 -m venv --without-pip "$VERGER_PLACE"')
    cluster = asked(server, **action, **NAMED)
    (only,) = server.add(cluster, step(server.upload("whose.py", WHOSE_PYTHON)))
    server.await_step(cluster, only, "COMPLETED")
    disk = server.work / cluster / "disk"
    assert (server.work / cluster / only / "stdout").read_text() == f"{disk}/opt/verger\n"
    server.emr.terminate_job_flows(JobFlowIds=[cluster])
    eventually(lambda: not disk.exists(), "the end of the node's disk")


def test_a_step_fails_where_nobody_has_installed_the_python_that_its_cluster_names(
    server: EmrServer,
) -> None:
    cluster = asked(server, **NAMED)
    (only,) = server.add(cluster, step(server.upload("whose.py", WHOSE_PYTHON)))
    failure = server.await_step(cluster, only, "FAILED")["FailureDetails"]
    assert NODE_PYTHON in failure["Message"]


COPY = """
export AWS_DEFAULT_REGION=$1
aws s3 cp --recursive --only-show-errors "$2" "$3"
sudo systemd-run --quiet --unit=dog touch "$3/running"
"""


def test_a_node_copies_folders_from_s3_and_starts_no_unit_on_this_machine(
    server: EmrServer, tmp_path: Path
) -> None:
    server.upload("wheels/one/a.txt", "a")
    server.upload("wheels/one/deep/b.txt", "b")
    server.upload("wheels/one-more/c.txt", "c")
    place = f"s3://{BUCKET}/wheels/one"
    action = bootstrapping(server, COPY, "eu-west-3", place, str(tmp_path / "copied"))
    server.await_cluster(asked(server, **action), "WAITING")
    found = {path.relative_to(tmp_path / "copied") for path in (tmp_path / "copied").rglob("*.txt")}
    assert found == {Path("a.txt"), Path("deep/b.txt")}
    assert not (tmp_path / "copied" / "running").exists()


def test_a_node_without_a_region_does_not_reach_s3(server: EmrServer, tmp_path: Path) -> None:
    action = bootstrapping(server, f"set -e{COPY}", "", f"s3://{BUCKET}/wheels", str(tmp_path))
    cluster = asked(server, **action)
    server.await_cluster(cluster, "TERMINATED_WITH_ERRORS")
    said = server.work / cluster / "bootstrap-actions" / "1" / "stderr"
    assert "told no region" in said.read_text()


def test_a_cluster_whose_bootstrap_action_fails_ends_with_errors(server: EmrServer) -> None:
    cluster = asked(server, **bootstrapping(server, "echo no such package >&2; exit 3"))
    reason = server.await_cluster(cluster, "TERMINATED_WITH_ERRORS")["StateChangeReason"]
    assert reason["Code"] == "BOOTSTRAP_FAILURE"
    assert "bootstrap action 1" in reason["Message"]
    said = server.work / cluster / "bootstrap-actions" / "1" / "stderr"
    assert said.read_text() == "no such package\n"


def test_a_cluster_above_the_quota_is_taken_and_finds_no_room(tmp_path: Path) -> None:
    with emr_server(tmp_path, "--vcpu-quota", "3") as small:
        reason = small.await_cluster(asked(small), "TERMINATED_WITH_ERRORS")["StateChangeReason"]
    assert reason["Code"] == "VALIDATION_ERROR"
    assert "current vCPU limit of 3" in reason["Message"]


def test_throttled_calls_are_refused_and_a_patient_client_does_not_notice(tmp_path: Path) -> None:
    with emr_server(tmp_path, "--throttle", "2") as busy:

        def client(attempts: int) -> Any:
            retries: dict[str, Any] = {"mode": "standard", "total_max_attempts": attempts}
            return boto3.client(
                "emr",
                REGION,
                endpoint_url=busy.url,
                aws_access_key_id=ACCESS,
                aws_secret_access_key=SECRET,
                config=Config(retries=retries),
            )

        with pytest.raises(ClientError, match="ThrottlingException"):
            [client(1).list_clusters() for _ in range(2)]
        for _ in range(4):
            client(10).list_clusters()
