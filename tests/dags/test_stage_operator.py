"""The operator of a stage on a real EMR endpoint: one step a stage, whatever happens to tasks."""

import asyncio
import shutil
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException, TaskDeferred
from botocore.exceptions import ClientError

from tests.emr_endpoint import BUCKET, SLEEP, eventually
from tests.plans import planned
from verger.lake.checkpoint import Lake, Metrics
from verger_emr.operators import EmrStageOperator
from verger_emr.triggers import EmrStageTrigger

IMPOSSIBLE = "import sys; print('12:00 import_images failed: bring more'); sys.exit(1)"
BROKEN = "raise ValueError('a bug, not the user')"


RUN = "run-1"


class Task:
    """What the operator wants of a task instance: a place for its links, and Airflow's answers."""

    dag_id, task_id = "fruit_features", "import_images"

    def __init__(self, state="running"):
        self.state = state

    def xcom_push(self, key, value):
        """Links are for the web page; nobody looks here."""

    def get_task_states(self, **_):
        if self.state is None:
            raise ConnectionError("the token has expired")
        return {RUN: {"import_images": self.state}}


def context(state="running"):
    """Of a try of the task, which Airflow takes to be in such a state; None: no answer."""
    return {"ti": Task(state), "run_id": RUN}


@pytest.fixture
def cluster(server, monkeypatch):
    """A cluster that keeps its logs, and the connection by which operators find the endpoint."""
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", server.connection)
    return server.cluster(LogUri=f"s3://{BUCKET}/logs/")


@pytest.fixture
def lake(tmp_path):
    """A lake with the plan of the run and, for now, all checkpoints of its import."""
    made = Lake.at(str(tmp_path / "lake"))
    plan = planned(RUN)
    plan.store(made.storage)
    (segment,) = plan.segments
    draft = made.draft(plan.recipe.images(segment.id))
    draft.write_file("images", b"apples")
    draft.commit(Metrics({}))
    return made


@pytest.fixture
def operator(server, cluster, lake):
    """Makes the operator of a stage whose step runs a script; each call is another try."""

    def make(script, **options):
        args = ["spark-submit", server.upload("stage.py", script)]
        step = {
            "Name": "import_images run-1",
            "ActionOnFailure": "CONTINUE",
            "HadoopJarStep": {"Jar": "command-runner.jar", "Args": args},
        }
        settings = {
            "cluster_id": cluster,
            "step": step,
            "lake": lake.storage.root,
            "deferrable": False,
            **options,
        }
        return EmrStageOperator(
            task_id="import_images", stage="import_images", poll_seconds=1, **settings
        )

    return make


def steps(server, cluster):
    return server.emr.list_steps(ClusterId=cluster)["Steps"]


def test_a_task_ends_with_its_step(server, cluster, operator):
    step_id = operator("print('done')").execute(context())
    assert server.step_status(cluster, step_id)["State"] == "COMPLETED"


def test_a_second_try_waits_for_the_step_that_is_running_and_a_killed_task_cancels_it(
    server, cluster, operator
):
    first, second = operator(SLEEP), operator(SLEEP)
    ended = []

    def run(task):
        with pytest.raises(AirflowException) as caught:
            task.execute(context("failed"))
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
        operator(IMPOSSIBLE).execute(context())


def test_what_broke_otherwise_is_told_and_may_be_tried_again(operator):
    with pytest.raises(AirflowException, match="a bug, not the user") as caught:
        operator(BROKEN).execute(context())
    assert not isinstance(caught.value, AirflowFailException)


def test_a_cleared_task_concludes_with_the_step_that_has_already_done_the_work(
    server, cluster, operator
):
    done = operator("print('done')").execute(context())
    assert operator(SLEEP).execute(context()) == done
    assert len(steps(server, cluster)) == 1


@pytest.mark.parametrize("state", ["running", None], ids=["worker replaced", "token expired"])
def test_a_task_that_loses_its_airflow_leaves_its_step_to_the_next_try(
    server, cluster, operator, state
):
    first = operator(SLEEP)
    with pytest.raises(TaskDeferred):
        operator(SLEEP, deferrable=True).execute(context())
    (step,) = steps(server, cluster)
    first._step_id, first._context = step["Id"], context(state)
    first.on_kill()
    server.await_sleeper(cluster, step["Id"])
    assert server.step_status(cluster, step["Id"])["State"] == "RUNNING"
    with pytest.raises(TaskDeferred) as left:
        operator(SLEEP, deferrable=True).execute(context())
    assert left.value.trigger.serialized_fields["step_ids"] == [step["Id"]]
    server.emr.cancel_steps(ClusterId=cluster, StepIds=[step["Id"]])


def test_a_completed_step_whose_checkpoint_is_gone_is_added_again(server, cluster, operator, lake):
    done = operator("print('done')").execute(context())
    shutil.rmtree(Path(lake.storage.root) / "images")
    again = operator("print('done')").execute(context())
    assert again != done
    assert server.step_status(cluster, again)["State"] == "COMPLETED"


@pytest.mark.parametrize("end", ["FAILED", "CANCELLED"])
def test_a_step_that_did_not_do_the_work_is_added_again(server, cluster, operator, end):
    if end == "FAILED":
        with pytest.raises(AirflowException):
            operator(BROKEN).execute(context())
    else:
        (step_id,) = server.add(cluster, operator(SLEEP).step)
        server.emr.cancel_steps(ClusterId=cluster, StepIds=[step_id])
        server.await_step(cluster, step_id, "CANCELLED")
    again = operator("print('done')").execute(context())
    assert server.step_status(cluster, again)["State"] == "COMPLETED"
    assert [step["Status"]["State"] for step in steps(server, cluster)] == ["COMPLETED", end]


def test_a_stage_that_the_plan_reuses_asks_nothing_of_emr(server, cluster, operator):
    task = operator("", step=None, cluster_id=None)
    assert task.execute(context()) is None
    assert steps(server, cluster) == []


class TestWhereTheClusterIsGone:
    def test_nothing_is_submitted_and_the_reason_says_what_to_do(self, server, cluster, operator):
        server.emr.terminate_job_flows(JobFlowIds=[cluster])
        server.await_cluster(cluster, "TERMINATED")
        with pytest.raises(AirflowFailException) as caught:
            operator(SLEEP).execute(context())
        assert f"cluster {cluster} is gone (TERMINATED)" in str(caught.value)
        assert "Clear the task create_cluster with its downstream tasks" in str(caught.value)
        assert steps(server, cluster) == []

    def test_a_cluster_that_emr_has_forgotten_is_gone_too(self, operator):
        with pytest.raises(AirflowFailException, match="EMR does not know it"):
            operator(SLEEP, cluster_id="j-FORGOTTEN").execute(context())

    def test_a_stage_that_was_done_before_is_still_done(self, server, cluster, operator):
        done = operator("print('done')").execute(context())
        server.emr.terminate_job_flows(JobFlowIds=[cluster])
        server.await_cluster(cluster, "TERMINATED")
        assert operator(SLEEP).execute(context()) == done

    def test_a_refusal_for_another_reason_stays_what_it_is(self, server, operator):
        parallel = server.cluster(StepConcurrencyLevel=2)
        task = operator(SLEEP, cluster_id=parallel)
        task.step = {**task.step, "ActionOnFailure": "TERMINATE_CLUSTER"}
        with pytest.raises(ClientError, match="ActionOnFailure TERMINATE_CLUSTER is not valid"):
            task.execute(context())


class TestWhereTheTriggererWaits:
    """As on AWS: the task defers, and Airflow resumes it."""

    @pytest.fixture
    def deferred(self, server, cluster, operator):
        """A task that has deferred, the trigger that waits for it, and its step."""
        task = operator(SLEEP, deferrable=True, execution_timeout=timedelta(seconds=2))
        with pytest.raises(TaskDeferred) as left:
            task.execute(context())
        assert left.value.timeout == timedelta(minutes=1, seconds=2)  # even if its trigger is lost
        (step,) = steps(server, cluster)
        server.await_sleeper(cluster, step["Id"])
        return task, left.value.trigger, step["Id"]

    def test_a_person_who_clears_the_task_cancels_the_step(self, server, cluster, deferred):
        _, trigger, step_id = deferred
        path, arguments = trigger.serialize()  # the triggerer makes it anew from these
        assert path == f"{EmrStageTrigger.__module__}.EmrStageTrigger"
        asyncio.run(EmrStageTrigger(**arguments).on_kill())
        server.await_step(cluster, step_id, "CANCELLED")

    def test_a_wait_that_is_over_cancels_the_step(self, server, cluster, deferred):
        task, trigger, step_id = deferred

        async def wait():
            return await anext(trigger.run())

        event = asyncio.run(wait())
        with pytest.raises(AirflowException, match="stopped waiting"):
            task.execute_complete(context(), event.payload)
        server.await_step(cluster, step_id, "CANCELLED")

    def test_a_step_that_is_done_already_defers_nothing(self, operator):
        done = operator("print('done')").execute(context())
        assert operator(SLEEP, deferrable=True).execute(context()) == done
