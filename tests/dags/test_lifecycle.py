"""A run's cluster on a real EMR endpoint: one a run, and none left; failures stay failures."""

import pytest
from airflow.sdk.exceptions import AirflowException, TaskDeferred
from botocore.exceptions import ClientError

from tests.emr_endpoint import BUCKET, step
from verger_emr.lifecycle import EmrEndClusterOperator, EmrStartClusterOperator, failed_tasks

RUN = "run-1"


class Task:
    """What the operators want of a task instance: a place for links, and Airflow's answers."""

    dag_id, task_id = "fruit_features", "create_cluster"

    def __init__(self, state="running", try_number=1, max_tries=1):
        self.state = state
        self.try_number, self.max_tries = try_number, max_tries

    def xcom_push(self, key, value):
        """Links are for the web page; nobody looks here."""

    def get_task_states(self, **_):
        return {RUN: {self.task_id: self.state}}


def context(state="running", **tries):
    return {"ti": Task(state, **tries), "run_id": RUN}


LAST = {"try_number": 2}


@pytest.fixture
def end(server, monkeypatch):
    """Ends a cluster, as the task does."""
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", server.connection)

    def ended(cluster):
        EmrEndClusterOperator(
            task_id="end", cluster_id=cluster, application="", lake="s3://lake"
        ).execute(context())

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


def test_a_cluster_that_ended_with_errors_counts_as_terminated(server, end):
    cluster = server.cluster(step("x.py", jar="s3://b/o.jar", on_failure="TERMINATE_CLUSTER"))
    server.await_cluster(cluster, "TERMINATED_WITH_ERRORS")
    end(cluster)


def test_a_run_that_a_person_marked_failed_has_failed_though_the_rest_was_skipped():
    states = {"plan": "success", "import_images": "failed", "reduce_pca": "skipped"}
    assert failed_tasks(states) == ["import_images"]
    assert failed_tasks({"plan": "success", "create_cluster": "skipped", "watch": None}) == []


@pytest.fixture
def gate(server, tmp_path):
    """A file without which clusters that a task defers for get no further than their bootstrap:
    however slow the machine, they are not ready before they are looked at.
    """
    file = tmp_path / "gate"
    server.upload("gate.sh", f"while [ ! -e '{file}' ]; do sleep 0.1; done")
    yield file
    file.touch()


@pytest.fixture
def start(server, gate, monkeypatch):
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
        if deferrable:
            action = {"Path": f"s3://{BUCKET}/gate.sh"}
            body["BootstrapActions"] = [{"Name": "gate", "ScriptBootstrapAction": action}]
        return EmrStartClusterOperator(
            task_id="start", body=body, poll_seconds=1, deferrable=deferrable
        )

    return operator


def test_a_cluster_is_asked_for_and_waited_for(server, start):
    cluster = start("calm").execute(context())
    assert server.cluster_status(cluster)["State"] == "WAITING"


def test_a_run_of_serverless_jobs_has_no_cluster(server, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", server.connection)
    before = server.emr.list_clusters()["Clusters"]
    task = EmrStartClusterOperator(task_id="start", body=None, poll_seconds=1, deferrable=True)
    assert task.execute(context()) == ""
    assert server.emr.list_clusters()["Clusters"] == before


def test_a_second_try_goes_on_with_the_cluster_of_the_first(start, gate):
    with pytest.raises(TaskDeferred) as left:
        start("broken", deferrable=True).execute(context())
    asked_for = left.value.kwargs["cluster_id"]
    gate.touch()
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


@pytest.mark.parametrize(("tries", "ends"), [({}, False), (LAST, True)])
@pytest.mark.parametrize("error", ["Trigger timeout", "the triggerer broke"])
def test_a_cluster_whose_wait_broke_is_left_to_the_next_try_and_ended_after_the_last(
    server, start, tries, ends, error
):
    task = start(f"lost {error} {ends}", deferrable=True)
    with pytest.raises(TaskDeferred) as left:
        task.execute(context())
    cluster = left.value.kwargs["cluster_id"]
    with pytest.raises(AirflowException, match=error):
        task.resume_execution("__fail__", {"error": error}, context(**tries))
    assert server.cluster_status(cluster)["State"].startswith("TERMINAT") is ends


@pytest.mark.parametrize(("tries", "ends"), [({}, False), (LAST, True)])
def test_a_cluster_whose_creation_broke_afterwards_is_no_orphan(
    server, start, tries, ends, monkeypatch
):
    task = start(f"broken afterwards {ends}")

    def no_link(*_):
        raise RuntimeError("Airflow does not answer")

    monkeypatch.setattr(task, "link", no_link)
    with pytest.raises(RuntimeError):
        task.execute(context(**tries))
    (cluster,) = [
        of["Id"] for of in server.emr.list_clusters()["Clusters"] if of["Name"] == task.body["Name"]
    ]
    assert server.cluster_status(cluster)["State"].startswith("TERMINAT") is ends


def test_where_the_account_has_no_room_the_remedy_is_told(start, monkeypatch):
    refused = {
        "State": "TERMINATED_WITH_ERRORS",
        "StateChangeReason": {"Message": "You have requested more vCPU capacity than allowed"},
    }
    task = start("large")
    monkeypatch.setattr(task, "_status", lambda _: refused)
    with pytest.raises(AirflowException, match=r"than allowed\. Ask AWS for more vCPUs"):
        task._conclude("j-1")


@pytest.mark.parametrize(("state", "ends"), [("failed", True), ("running", False)])
def test_a_person_who_ends_the_task_ends_the_cluster_and_a_lost_worker_does_not(
    server, start, state, ends
):
    task = start(f"killed while {state}")
    cluster = task.execute(context())
    task._started = cluster, context(state)
    task.on_kill()
    assert server.cluster_status(cluster)["State"].startswith("TERMINAT") is ends
