"""The operator of a stage on a real EMR endpoint: one step a stage, whatever happens to tasks."""

import json
import threading

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from tests.emr_endpoint import BUCKET, SECRET, SLEEP, emr_server, eventually
from verger_emr.operators import EmrStageOperator

IMPOSSIBLE = "import sys; print('12:00 import_images failed: bring more'); sys.exit(1)"
BROKEN = "raise ValueError('a bug, not the user')"


class Task:
    """What the operator wants of a task instance: a place for its links."""

    def xcom_push(self, key, value):
        """Links are for the web page; nobody looks here."""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with emr_server(tmp_path_factory.mktemp("emr")) as running:
        yield running


@pytest.fixture
def cluster(server, monkeypatch):
    """A cluster that keeps its logs, and the connection by which operators find the endpoint."""
    connection = {
        "conn_type": "aws",
        "login": "gardener",
        "password": SECRET,
        "extra": {"region_name": "us-east-1", "endpoint_url": server.url},
    }
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", json.dumps(connection))
    return server.cluster(LogUri=f"s3://{BUCKET}/logs/")


@pytest.fixture
def operator(server, cluster):
    """Makes the operator of a stage whose step runs a script; each call is another try."""

    def make(script):
        args = ["spark-submit", server.upload("stage.py", script)]
        step = {
            "Name": "import_images run-1",
            "ActionOnFailure": "CONTINUE",
            "HadoopJarStep": {"Jar": "command-runner.jar", "Args": args},
        }
        return EmrStageOperator(
            task_id="import_images",
            stage="import_images",
            cluster_id=cluster,
            step=step,
            poll_seconds=1,
            deferrable=False,
        )

    return make


def steps(server, cluster):
    return server.emr.list_steps(ClusterId=cluster)["Steps"]


def test_a_task_ends_with_its_step(server, cluster, operator):
    step_id = operator("print('done')").execute({"ti": Task()})
    assert server.step_status(cluster, step_id)["State"] == "COMPLETED"


def test_a_second_try_waits_for_the_step_that_is_running_and_a_killed_task_cancels_it(
    server, cluster, operator
):
    first, second = operator(SLEEP), operator(SLEEP)
    ended = []

    def run(task):
        with pytest.raises(AirflowException) as caught:
            task.execute({"ti": Task()})
        ended.append(str(caught.value))

    tries = [threading.Thread(target=run, args=(task,)) for task in (first, second)]
    tries[0].start()
    eventually(lambda: steps(server, cluster), "the step of the first try")
    (running,) = steps(server, cluster)
    server.await_sleeper(cluster, running["Id"])
    tries[1].start()
    eventually(lambda: second._step_id is not None, "the second try to find its step")
    assert [step["Id"] for step in steps(server, cluster)] == [running["Id"]]
    second.on_kill()
    for thread in tries:
        thread.join()
    assert server.step_status(cluster, running["Id"])["State"] == "CANCELLED"
    assert all("CANCELLED" in reason for reason in ended)


def test_what_a_person_must_mend_is_told_and_not_tried_again(operator):
    with pytest.raises(AirflowFailException, match=r"^import_images failed: bring more$"):
        operator(IMPOSSIBLE).execute({"ti": Task()})


def test_what_broke_otherwise_is_told_and_may_be_tried_again(operator):
    with pytest.raises(AirflowException, match="a bug, not the user") as caught:
        operator(BROKEN).execute({"ti": Task()})
    assert not isinstance(caught.value, AirflowFailException)
