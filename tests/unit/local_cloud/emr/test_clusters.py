"""Lives of clusters on the local EMR endpoint."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emr_endpoint import SLEEP, EmrServer, step, wait_until_gone


def unusable_step(on_failure: str) -> dict[str, Any]:
    """A step that fails at once, without a JVM."""
    return step("job.py", jar="s3://b/other.jar", on_failure=on_failure)


def test_a_cluster_starts_then_waits_for_steps(server: EmrServer) -> None:
    cluster = server.cluster()
    assert server.cluster_status(cluster)["State"] == "STARTING"
    status = server.await_cluster(cluster, "WAITING")
    assert status["Timeline"]["CreationDateTime"] <= status["Timeline"]["ReadyDateTime"]
    assert "EndDateTime" not in status["Timeline"]
    assert status["StateChangeReason"]["Message"] == "Cluster ready to run steps."


def test_a_cluster_gives_back_what_it_was_asked_for(server: EmrServer) -> None:
    tags = [{"Key": "project", "Value": "verger"}, {"Key": "run", "Value": "été 1"}]
    cluster = server.emr.run_job_flow(
        Name="described",
        ReleaseLabel="emr-spark-8.0.0",
        LogUri="s3://orchard/logs/",
        Applications=[{"Name": "Spark"}],
        Tags=tags,
        StepConcurrencyLevel=2,
        Instances={
            "KeepJobFlowAliveWhenNoSteps": True,
            "InstanceGroups": [
                {"InstanceRole": "MASTER", "InstanceType": "m5.xlarge", "InstanceCount": 1},
                {"InstanceRole": "CORE", "InstanceType": "m5.xlarge", "InstanceCount": 2},
            ],
        },
    )["JobFlowId"]
    described = server.emr.describe_cluster(ClusterId=cluster)["Cluster"]
    assert described["Name"] == "described"
    assert described["ReleaseLabel"] == "emr-spark-8.0.0"
    assert described["LogUri"] == "s3://orchard/logs/"
    assert described["StepConcurrencyLevel"] == 2
    assert described["AutoTerminate"] is False
    assert [application["Name"] for application in described["Applications"]] == ["Spark"]
    assert described["Tags"] == tags


def test_clusters_are_listed_by_state_and_newest_first(server: EmrServer) -> None:
    older, newer, ended = (server.cluster(Name="listed") for _ in range(3))
    server.emr.terminate_job_flows(JobFlowIds=[ended])
    for cluster in (older, newer):
        server.await_cluster(cluster, "WAITING")

    def listed(*states: str) -> list[str]:
        pages = server.emr.get_paginator("list_clusters").paginate(ClusterStates=list(states))
        clusters = [summary for page in pages for summary in page["Clusters"]]
        assert {summary["Status"]["State"] for summary in clusters} <= set(states)
        return [summary["Id"] for summary in clusters if summary["Name"] == "listed"]

    assert listed("WAITING") == [newer, older]
    assert listed("TERMINATED", "TERMINATED_WITH_ERRORS") == [ended]
    assert listed("WAITING", "TERMINATED") == [ended, newer, older]
    assert listed("BOOTSTRAPPING") == []


def test_clusters_are_listed_by_creation_date(server: EmrServer) -> None:
    older, newer = (server.cluster(Name="dated") for _ in range(2))
    created = server.cluster_status(newer)["Timeline"]["CreationDateTime"]

    def listed(**dates: object) -> list[str]:
        clusters = server.emr.list_clusters(**dates)["Clusters"]
        return [summary["Id"] for summary in clusters if summary["Name"] == "dated"]

    assert listed(CreatedBefore=created)[:1] == [older]
    assert older not in listed(CreatedAfter=created)


def test_a_refused_cluster_does_not_linger_in_the_list(server: EmrServer) -> None:
    groups = [{"InstanceRole": "MASTER", "InstanceType": "m5.xlarge", "InstanceCount": 2}]
    with pytest.raises(ClientError, match="must have exactly 3 instances"):
        server.emr.run_job_flow(Name="refused", Instances={"InstanceGroups": groups})
    names = [summary["Name"] for summary in server.emr.list_clusters()["Clusters"]]
    assert "refused" not in names


def test_a_cluster_that_need_not_stay_ends_after_its_steps(server: EmrServer) -> None:
    script = server.upload("nothing.py", "")
    cluster = server.cluster(step(script), keep_alive=False)
    status = server.await_cluster(cluster, "TERMINATED", "TERMINATED_WITH_ERRORS", "WAITING")
    assert status["State"] == "TERMINATED"
    assert status["StateChangeReason"] == {
        "Code": "ALL_STEPS_COMPLETED",
        "Message": "Steps completed",
    }
    (only,) = server.emr.list_steps(ClusterId=cluster)["Steps"]
    assert only["Status"]["State"] == "COMPLETED"


def test_after_a_failure_continue_goes_on_with_the_next_step(server: EmrServer) -> None:
    cluster = server.cluster()
    first, second = server.add(cluster, unusable_step("CONTINUE"), unusable_step("CONTINUE"))
    server.await_step(cluster, second, "FAILED")
    assert server.step_status(cluster, first)["State"] == "FAILED"
    server.await_cluster(cluster, "WAITING")


def test_after_a_failure_cancel_and_wait_cancels_the_rest(server: EmrServer) -> None:
    cluster = server.cluster()
    first, second = server.add(cluster, unusable_step("CANCEL_AND_WAIT"), step("never.py"))
    server.await_step(cluster, first, "FAILED")
    assert server.step_status(cluster, second)["State"] == "CANCELLED"
    server.await_cluster(cluster, "WAITING")


def test_after_a_failure_terminate_cluster_ends_the_cluster_with_errors(server: EmrServer) -> None:
    cluster = server.cluster()
    first, second = server.add(cluster, unusable_step("TERMINATE_CLUSTER"), step("never.py"))
    status = server.await_cluster(cluster, "TERMINATED", "TERMINATED_WITH_ERRORS")
    assert status["State"] == "TERMINATED_WITH_ERRORS"
    assert status["StateChangeReason"]["Code"] == "STEP_FAILURE"
    assert server.step_status(cluster, first)["State"] == "FAILED"
    assert server.step_status(cluster, second)["State"] == "CANCELLED"


def test_terminating_a_cluster_ends_its_running_step_and_cancels_the_rest(
    server: EmrServer,
) -> None:
    script = server.upload("sleep.py", SLEEP)
    cluster = server.cluster()
    running, pending = server.add(cluster, step(script), step(script))
    pids = server.await_sleeper(cluster, running)
    server.emr.terminate_job_flows(JobFlowIds=[cluster])
    assert server.cluster_status(cluster)["State"] in ("TERMINATING", "TERMINATED")
    assert server.step_status(cluster, pending)["State"] == "CANCELLED"
    status = server.await_cluster(cluster, "TERMINATED", "TERMINATED_WITH_ERRORS")
    assert status["State"] == "TERMINATED"
    assert status["StateChangeReason"]["Code"] == "USER_REQUEST"
    assert status["Timeline"]["ReadyDateTime"] <= status["Timeline"]["EndDateTime"]
    assert server.step_status(cluster, running)["State"] == "CANCELLED"
    for pid in pids:
        wait_until_gone(pid)


def test_a_terminated_cluster_takes_no_more_steps(server: EmrServer) -> None:
    cluster = server.cluster()
    server.emr.terminate_job_flows(JobFlowIds=[cluster])
    with pytest.raises(ClientError, match="may not be modified") as refusal:
        server.add(cluster, step("job.py"))
    assert refusal.value.response["Error"]["Code"] == "ValidationException"
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_an_idle_cluster_ends_by_its_own_policy(server: EmrServer) -> None:
    idle = server.cluster(AutoTerminationPolicy={"IdleTimeout": 1})
    status = server.await_cluster(idle, "TERMINATED", "TERMINATED_WITH_ERRORS")
    assert status["State"] == "TERMINATED"
    assert "1 idle seconds" in status["StateChangeReason"]["Message"]


def test_a_busy_cluster_is_not_idle(server: EmrServer) -> None:
    busy = server.cluster(AutoTerminationPolicy={"IdleTimeout": 2})
    server.await_cluster(busy, "WAITING")  # the idle time begins, the step puts an end to it
    (running,) = server.add(busy, step(server.upload("nap.py", "import time; time.sleep(3)")))
    status = server.await_step(busy, running, "COMPLETED", "CANCELLED", "FAILED")
    assert status["State"] == "COMPLETED"
    assert server.await_cluster(busy, "TERMINATED")["State"] == "TERMINATED"


def test_a_senseless_idle_timeout_is_refused(server: EmrServer) -> None:
    with pytest.raises(ClientError, match="must be 1 to 604800 seconds"):
        server.cluster(AutoTerminationPolicy={"IdleTimeout": 0})
