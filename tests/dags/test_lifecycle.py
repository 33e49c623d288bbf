"""A run's cluster on a real EMR endpoint: one a run, and none left; failures stay failures."""

import pytest
from airflow.sdk.exceptions import AirflowException, TaskDeferred
from botocore.exceptions import ClientError

from verger_emr.lifecycle import EmrEndClusterOperator, EmrStartClusterOperator, failed_tasks

RUN = "run-1"


class Task:
    """What the operators want of a task instance: a place for links, and Airflow's answers."""

    dag_id, task_id = "fruit_features", "create_cluster"

    def __init__(self, state="running"):
        self.state = state

    def xcom_push(self, key, value):
        """Links are for the web page; nobody looks here."""

    def get_task_states(self, **_):
        return {RUN: {self.task_id: self.state}}


def context(state="running"):
    return {"ti": Task(state), "run_id": RUN}


@pytest.fixture
def end(server, monkeypatch):
    """Ends a cluster, as the task does."""
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", server.connection)

    def ended(cluster):
        EmrEndClusterOperator(task_id="end", cluster_id=cluster).execute(context())

    return ended


def test_a_cluster_is_terminated(server, end):
    cluster = server.cluster()
    end(cluster)
    server.await_cluster(cluster, "TERMINATED")


def test_a_cluster_that_has_ended_or_is_forgotten_counts_as_terminated(server, end):
    cluster = server.cluster()
    end(cluster)
    server.await_cluster(cluster, "TERMINATED")
    end(cluster)
    end("j-FORGOTTEN")


def test_a_cluster_that_stays_up_is_no_success(server, end):
    cluster = server.cluster()
    server.emr.set_termination_protection(JobFlowIds=[cluster], TerminationProtected=True)
    with pytest.raises(ClientError):
        end(cluster)
    server.emr.set_termination_protection(JobFlowIds=[cluster], TerminationProtected=False)
    end(cluster)


def test_a_run_that_a_person_marked_failed_has_failed_though_the_rest_was_skipped():
    states = {"plan": "success", "import_images": "failed", "reduce_pca": "skipped"}
    assert failed_tasks(states) == ["import_images"]
    assert failed_tasks({"plan": "success", "create_cluster": "skipped", "watch": None}) == []


@pytest.fixture
def start(server, monkeypatch):
    """Makes the operator that asks for a run's cluster; each call is another try."""
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", server.connection)

    def operator(name, deferrable=False, lake="s3://lake"):
        tags = {"run": name, "lake": lake}
        body = {
            "Name": name,
            "ReleaseLabel": "emr-spark-8.0.0",
            "Instances": {"KeepJobFlowAliveWhenNoSteps": True},
            "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
        }
        return EmrStartClusterOperator(
            task_id="start", body=body, poll_seconds=1, deferrable=deferrable
        )

    return operator


def test_a_cluster_is_asked_for_and_waited_for(server, start):
    cluster = start("calm").execute(context())
    assert server.cluster_status(cluster)["State"] == "WAITING"


def test_a_second_try_goes_on_with_the_cluster_of_the_first(server, start):
    with pytest.raises(TaskDeferred) as left:
        start("broken", deferrable=True).execute(context())
    asked_for = left.value.kwargs["cluster_id"]
    assert start("broken").execute(context()) == asked_for


def test_a_cluster_of_another_airflow_is_left_alone(server, start):
    theirs = start("daily", lake="s3://theirs").execute(context())
    assert start("daily").execute(context()) != theirs


def test_a_cluster_that_ended_before_it_was_ready_is_told_with_emrs_reason(server, start):
    task = start("short", deferrable=True)
    with pytest.raises(TaskDeferred) as left:
        task.execute(context())
    cluster = left.value.kwargs["cluster_id"]
    server.emr.terminate_job_flows(JobFlowIds=[cluster])
    server.await_cluster(cluster, "TERMINATED")
    with pytest.raises(AirflowException, match=f"{cluster} is TERMINATED: Terminated by user"):
        task.execute_complete(context(), {"status": "success"}, cluster)


@pytest.mark.parametrize(("state", "ends"), [("failed", True), ("running", False)])
def test_a_person_who_ends_the_task_ends_the_cluster_and_a_lost_worker_does_not(
    server, start, state, ends
):
    task = start(f"killed while {state}")
    cluster = task.execute(context())
    task._started = cluster, context(state)
    task.on_kill()
    assert server.cluster_status(cluster)["State"].startswith("TERMINAT") is ends
