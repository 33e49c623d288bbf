"""Steps of the local EMR endpoint, executed by the real spark-submit."""

import io
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emr_endpoint import (
    BUCKET,
    FAIL,
    SECRET,
    SLEEP,
    EmrServer,
    emr_server,
    eventually,
    step,
)

# What an application sees of its world, as one line of JSON.
WITNESS = """
import json, os, sys
import orchard_library
witness = {"argv": sys.argv[1:], "library": orchard_library.NAME, "environment": dict(os.environ)}
print(json.dumps(witness))
"""
LOGS = f"s3://{BUCKET}/logs/"


def upload_library(server: EmrServer) -> str:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as library:
        library.writestr("orchard_library.py", "NAME = 'from the zip'")
    server.client("s3").put_object(Bucket=BUCKET, Key="lib.zip", Body=archive.getvalue())
    return f"s3://{BUCKET}/lib.zip"


def test_a_step_runs_with_its_files_arguments_environment_and_logs(server: EmrServer) -> None:
    script, library = server.upload("witness.py", WITNESS), upload_library(server)
    arguments = ["s3://elsewhere/other.py", "--master", "me", "two words"]
    cluster = server.cluster(LogUri=LOGS)
    options = [f"--py-files={library}", "--deploy-mode", "cluster", "--conf", f"spark.x={SECRET}"]
    (ran,) = server.add(cluster, step(*options, script, *arguments))

    status = server.await_step(cluster, ran, "COMPLETED", "FAILED")
    assert status["State"] == "COMPLETED", status
    assert "FailureDetails" not in status
    timeline = status["Timeline"]
    dates = [timeline[f"{event}DateTime"] for event in ("Creation", "Start", "End")]
    assert dates == sorted(dates)

    witness = json.loads(server.whole_log("logs", cluster, ran, "stdout"))
    assert witness["argv"] == arguments
    assert witness["library"] == "from the zip"
    environment = witness["environment"]
    assert environment["EMR_CLUSTER_ID"] == cluster
    assert environment["EMR_STEP_ID"] == ran
    assert environment["PYSPARK_PYTHON"] == environment["PYSPARK_DRIVER_PYTHON"] == sys.executable
    assert environment["AWS_ENDPOINT_URL_S3"] == server.s3_url
    assert environment["AWS_SECRET_ACCESS_KEY"] == SECRET
    assert environment["SPARK_LOCAL_IP"] == "127.0.0.1"

    controller = server.whole_log("logs", cluster, ran, "controller")
    assert "--master 'local[*]'" in controller
    assert "yarn" not in controller
    assert "step COMPLETED" in controller
    assert "spark.x=********" in controller
    assert SECRET not in controller
    assert SECRET not in server.log.read_text()
    assert "ShutdownHookManager" in server.whole_log("logs", cluster, ran, "stderr")


def test_a_failed_step_says_why_and_where_to_read_on(server: EmrServer) -> None:
    cluster = server.cluster(LogUri=LOGS)
    (failed,) = server.add(cluster, step(server.upload("fail.py", FAIL)))
    status = server.await_step(cluster, failed, "COMPLETED", "FAILED")
    assert status["State"] == "FAILED"
    details = status["FailureDetails"]
    assert details["Reason"] == "Unknown Error."
    assert "the orchard is closed: come back in spring" in details["Message"]
    assert details["LogFile"] == f"{LOGS}{cluster}/steps/{failed}/stdout.gz"
    assert "the orchard is closed" in server.whole_log("logs", cluster, failed, "stdout")


def test_a_step_that_cannot_run_here_fails_with_advice(server: EmrServer) -> None:
    cluster = server.cluster()
    wrong_jar, no_script = server.add(
        cluster, step("x.py", jar="s3://b/other.jar"), step(f"s3://{BUCKET}/absent.py")
    )
    status = server.await_step(cluster, wrong_jar, "FAILED")
    assert "Jar='command-runner.jar'" in status["FailureDetails"]["Message"]
    status = server.await_step(cluster, no_script, "FAILED")
    assert f"s3://{BUCKET}/absent.py could not be downloaded" in status["FailureDetails"]["Message"]
    assert "check that it was uploaded" in status["FailureDetails"]["Message"]


def test_a_missing_log_bucket_is_a_warning_and_not_a_failure(server: EmrServer) -> None:
    cluster = server.cluster(LogUri="s3://no-such-bucket/logs")
    (ran,) = server.add(cluster, step(server.upload("nothing.py", "")))
    assert server.await_step(cluster, ran, "COMPLETED", "FAILED")["State"] == "COMPLETED"
    told = f"not uploaded to s3://no-such-bucket/logs/{cluster}/steps/{ran}"
    eventually(lambda: told in server.log.read_text(), told)


def test_steps_wait_for_their_cluster_and_for_the_server_and_can_be_cancelled(
    server: EmrServer,
) -> None:
    script = server.upload("sleep.py", SLEEP)
    one_by_one = server.cluster()
    first, second = server.add(one_by_one, step(script), step(script))
    server.await_sleeper(one_by_one, first)
    # The server could run two, this cluster's level is one.
    assert server.step_status(one_by_one, second)["State"] == "PENDING"

    side_by_side = server.cluster(StepConcurrencyLevel=3)
    third, fourth = server.add(side_by_side, step(script), step(script))
    server.await_sleeper(side_by_side, third)
    # This cluster's level is three, the server has reached its own limit.
    assert server.step_status(side_by_side, fourth)["State"] == "PENDING"
    assert server.cluster_status(side_by_side)["State"] == "RUNNING"

    answer = cancel(server, one_by_one, second, first)
    assert [info["Status"] for info in answer] == ["SUBMITTED", "SUBMITTED"]
    assert server.step_status(one_by_one, second)["State"] == "CANCELLED"
    server.await_step(one_by_one, first, "CANCELLED")
    server.await_cluster(one_by_one, "WAITING")

    # The place that became free goes to the step that waited for the server.
    pids = server.await_sleeper(side_by_side, fourth)
    cancel(server, side_by_side, third, fourth, StepCancellationOption="TERMINATE_PROCESS")
    for cancelled in (third, fourth):
        server.await_step(side_by_side, cancelled, "CANCELLED")
    assert pids

    (again,) = cancel(server, side_by_side, third)
    assert again["StepId"] == third
    assert again["Status"] == "FAILED"
    assert "already CANCELLED" in again["Reason"]


def cancel(server: EmrServer, cluster: str, *steps: str, **options: str) -> list[dict[str, str]]:
    answer = server.emr.cancel_steps(ClusterId=cluster, StepIds=list(steps), **options)
    return list(answer["CancelStepsInfoList"])


def test_a_cluster_of_parallel_steps_takes_no_step_that_would_end_the_others(
    server: EmrServer,
) -> None:
    cluster = server.cluster(StepConcurrencyLevel=2)
    with pytest.raises(ClientError, match="ActionOnFailure TERMINATE_CLUSTER is not valid"):
        server.add(cluster, step("job.py", on_failure="TERMINATE_CLUSTER"))
    assert server.emr.list_steps(ClusterId=cluster)["Steps"] == []


def test_a_step_that_outlives_the_limit_is_failed_with_its_processes_gone(tmp_path: Path) -> None:
    with emr_server(tmp_path, "--step-timeout", "1") as server:
        cluster = server.cluster()
        (slow,) = server.add(cluster, step(server.upload("sleep.py", SLEEP)))
        status = server.await_step(cluster, slow, "FAILED", "COMPLETED")
        assert status["State"] == "FAILED"
        assert "limit of 1 seconds" in status["FailureDetails"]["Message"]
        server.await_cluster(cluster, "WAITING")


UNKNOWN_CLUSTER = "Cluster id 'j-UNKNOWN' is not valid."
UNKNOWN_STEP = "Step id 's-UNKNOWN' is not valid."


@pytest.mark.parametrize(
    ("call", "parameters"),
    [
        ("describe_cluster", {"ClusterId": "j-UNKNOWN"}),
        ("describe_step", {"ClusterId": "j-UNKNOWN", "StepId": "s-UNKNOWN"}),
        ("add_job_flow_steps", {"JobFlowId": "j-UNKNOWN", "Steps": [step("job.py")]}),
        ("list_steps", {"ClusterId": "j-UNKNOWN"}),
        ("cancel_steps", {"ClusterId": "j-UNKNOWN", "StepIds": ["s-UNKNOWN"]}),
        ("terminate_job_flows", {"JobFlowIds": ["j-UNKNOWN"]}),
        ("modify_cluster", {"ClusterId": "j-UNKNOWN", "StepConcurrencyLevel": 2}),
        ("list_instance_groups", {"ClusterId": "j-UNKNOWN"}),
    ],
)
def test_an_unknown_cluster_is_emrs_own_error(
    call: str, parameters: dict[str, Any], server: EmrServer
) -> None:
    assert_invalid_request(server, call, parameters, UNKNOWN_CLUSTER)


@pytest.mark.parametrize(
    ("call", "parameters"),
    [
        ("describe_step", {"StepId": "s-UNKNOWN"}),
        ("list_steps", {"StepIds": ["s-UNKNOWN"]}),
        ("cancel_steps", {"StepIds": ["s-UNKNOWN"]}),
    ],
)
def test_an_unknown_step_is_emrs_own_error(
    call: str, parameters: dict[str, Any], server: EmrServer
) -> None:
    assert_invalid_request(
        server, call, {"ClusterId": server.cluster(), **parameters}, UNKNOWN_STEP
    )


def assert_invalid_request(
    server: EmrServer, call: str, parameters: dict[str, Any], message: str
) -> None:
    with pytest.raises(ClientError) as refusal:
        getattr(server.emr, call)(**parameters)
    response = refusal.value.response
    assert response["Error"]["Code"] == "InvalidRequestException"
    assert response["Error"]["Message"] == message
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
