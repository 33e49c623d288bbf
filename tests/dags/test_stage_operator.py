"""The operator of a stage on a real EMR endpoint: one step, or one serverless job, a stage,
whatever happens to tasks.
"""

import asyncio
import shutil
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException, TaskDeferred
from botocore.exceptions import ClientError

from tests.dags.emr_places import PLACES, ClusterPlace, ServerlessPlace
from tests.emr_endpoint import APPLICATION, SLEEP, eventually
from tests.plans import planned
from verger.lake.draft import Metrics
from verger.lake.store import Lake
from verger_emr import triggers
from verger_emr.lifecycle import EmrEndClusterOperator
from verger_emr.operators import EmrStageOperator
from verger_runs.backends import CLUSTER, SERVERLESS

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


@pytest.fixture(params=[CLUSTER, SERVERLESS])
def place(request, server, lake, monkeypatch):
    """What runs the stage; and the connection by which operators find the endpoint."""
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", server.connection)
    return PLACES[request.param].made(server, lake.storage.root)


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
def operator(place, lake):
    """Makes the operator of a stage whose work runs a script; each call is another try."""

    def make(script, **options):
        settings = {
            **place.options,
            "work": place.work(script),
            "lake": lake.storage.root,
            "deferrable": False,
            **options,
        }
        return EmrStageOperator(
            task_id="import_images", stage="import_images", poll_seconds=1, **settings
        )

    return make


def test_a_task_ends_with_its_work(place, operator):
    work_id = operator("print('done')").execute(context())
    assert place.all() == [(work_id, place.DONE)]


def test_a_second_try_waits_for_the_work_that_is_running_and_a_killed_task_cancels_it(
    place, operator
):
    first, second = operator(SLEEP), operator(SLEEP)
    ended = []

    def run(task):
        with pytest.raises(AirflowException) as caught:
            task.execute(context("failed"))
        ended.append(str(caught.value))

    tries = [threading.Thread(target=run, args=(task,)) for task in (first, second)]
    tries[0].start()
    eventually(place.all, "the work of the first try")
    ((running, _),) = place.all()
    place.await_sleeper(running)
    tries[1].start()
    eventually(lambda: second._begun is not None, "the second try to find its work")
    assert place.all() == [(running, "RUNNING")]
    second.on_kill()
    for thread in tries:
        thread.join()
    assert place.all() == [(running, "CANCELLED")]
    assert all("CANCELL" in reason for reason in ended)


def test_what_a_person_must_mend_is_told_and_not_tried_again(operator):
    with pytest.raises(AirflowFailException, match=r"^import_images failed: bring more$"):
        operator(IMPOSSIBLE).execute(context())


def test_what_broke_otherwise_is_told_and_may_be_tried_again(operator):
    with pytest.raises(AirflowException, match="a bug, not the user") as caught:
        operator(BROKEN).execute(context())
    assert not isinstance(caught.value, AirflowFailException)


def test_a_cleared_task_concludes_with_what_has_already_done_the_work(place, operator):
    done = operator("print('done')").execute(context())
    assert operator(SLEEP).execute(context()) == done
    assert len(place.all()) == 1


@pytest.mark.parametrize("state", ["running", None], ids=["worker replaced", "token expired"])
def test_a_task_that_loses_its_airflow_leaves_its_work_to_the_next_try(place, operator, state):
    first = operator(SLEEP)
    with pytest.raises(TaskDeferred):
        operator(SLEEP, deferrable=True).execute(context())
    ((work_id, _),) = place.all()
    first._begun = work_id, context(state)
    first.on_kill()
    place.await_sleeper(work_id)
    assert place.all() == [(work_id, "RUNNING")]
    with pytest.raises(TaskDeferred) as left:
        operator(SLEEP, deferrable=True).execute(context())
    assert left.value.trigger.return_value == [work_id]
    place.cancel(work_id)
    place.await_state(work_id, "CANCELLED")


def test_work_that_is_done_but_whose_checkpoint_is_gone_is_done_again(place, operator, lake):
    done = operator("print('done')").execute(context())
    shutil.rmtree(Path(lake.storage.root) / "images")
    again = operator("print('done')").execute(context())
    assert place.all() == [(again, place.DONE), (done, place.DONE)]


@pytest.mark.parametrize("end", ["FAILED", "CANCELLED"])
def test_work_that_did_not_come_to_its_end_is_begun_again(place, operator, end):
    if end == "FAILED":
        with pytest.raises(AirflowException):
            operator(BROKEN).execute(context())
    else:
        work_id = place.submit(operator(SLEEP).work)
        place.cancel(work_id)
        place.await_state(work_id, "CANCELLED")
    operator("print('done')").execute(context())
    assert [state for _, state in place.all()] == [place.DONE, end]


def test_a_stage_that_the_plan_reuses_asks_nothing_of_emr(place, operator):
    task = operator("", work=None, cluster_id=None)
    assert task.execute(context()) is None
    assert place.all() == []


class TestWhereTheTriggererWaits:
    """As on AWS: the task defers, and Airflow resumes it."""

    @pytest.fixture
    def deferred(self, place, operator):
        """A task that has deferred, the trigger that waits for it, and its work."""
        task = operator(SLEEP, deferrable=True, execution_timeout=timedelta(seconds=2))
        with pytest.raises(TaskDeferred) as left:
            task.execute(context())
        assert left.value.timeout == timedelta(minutes=1, seconds=2)  # even if its trigger is lost
        ((work_id, _),) = place.all()
        place.await_sleeper(work_id)
        return task, left.value.trigger, work_id

    def test_a_person_who_clears_the_task_cancels_the_work(self, place, deferred):
        _, trigger, work_id = deferred
        path, arguments = trigger.serialize()  # the triggerer makes it anew from these
        assert path == f"{triggers.__name__}.{type(trigger).__name__}"
        asyncio.run(getattr(triggers, type(trigger).__name__)(**arguments).on_kill())
        place.await_state(work_id, "CANCELLED")

    def test_a_wait_that_is_over_cancels_the_work(self, place, deferred):
        task, trigger, work_id = deferred

        async def wait():
            return await anext(trigger.run())

        event = asyncio.run(wait())
        with pytest.raises(AirflowException, match="stopped waiting"):
            task.execute_complete(context(), event.payload)
        place.await_state(work_id, "CANCELLED")

    def test_a_wait_for_work_that_fails_ends_with_its_words(self, operator):
        task = operator(IMPOSSIBLE, deferrable=True)
        with pytest.raises(TaskDeferred) as left:
            task.execute(context())

        async def wait():
            return await anext(left.value.trigger.run())

        event = asyncio.run(wait())
        with pytest.raises(AirflowFailException, match=r"^import_images failed: bring more$"):
            task.execute_complete(context(), event.payload)

    def test_work_that_is_done_already_defers_nothing(self, operator):
        done = operator("print('done')").execute(context())
        assert operator(SLEEP, deferrable=True).execute(context()) == done


class TestWhereTheClusterIsGone:
    @pytest.fixture
    def place(self, server, lake, monkeypatch):
        monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", server.connection)
        return ClusterPlace.made(server, lake.storage.root)

    def test_nothing_is_submitted_and_the_reason_says_what_to_do(self, server, place, operator):
        server.emr.terminate_job_flows(JobFlowIds=[place.cluster])
        server.await_cluster(place.cluster, "TERMINATED")
        with pytest.raises(AirflowFailException) as caught:
            operator(SLEEP).execute(context())
        assert f"cluster {place.cluster} is gone (TERMINATED)" in str(caught.value)
        assert "Clear the task create_cluster with its downstream tasks" in str(caught.value)
        assert place.all() == []

    def test_a_cluster_that_emr_has_forgotten_is_gone_too(self, operator):
        with pytest.raises(AirflowFailException, match="EMR does not know it"):
            operator(SLEEP, cluster_id="j-FORGOTTEN").execute(context())

    def test_a_stage_that_was_done_before_is_still_done(self, server, place, operator):
        done = operator("print('done')").execute(context())
        server.emr.terminate_job_flows(JobFlowIds=[place.cluster])
        server.await_cluster(place.cluster, "TERMINATED")
        assert operator(SLEEP).execute(context()) == done

    def test_a_refusal_for_another_reason_stays_what_it_is(self, server, operator):
        parallel = server.cluster(StepConcurrencyLevel=2)
        task = operator(SLEEP, cluster_id=parallel)
        task.work = {**task.work, "ActionOnFailure": "TERMINATE_CLUSTER"}
        with pytest.raises(ClientError, match="ActionOnFailure TERMINATE_CLUSTER is not valid"):
            task.execute(context())


class TestServerlessJobs:
    @pytest.fixture
    def place(self, server, lake, monkeypatch):
        monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", server.connection)
        return ServerlessPlace.made(server, lake.storage.root)

    def test_two_tries_that_submit_at_the_same_moment_have_one_job(self, place, operator):
        first, second = operator(SLEEP), operator(SLEEP)
        assert first.emr.find() is None
        assert second.emr.find() is None
        job = first.emr.submit()
        assert second.emr.submit() == job
        assert [work_id for work_id, _ in place.all()] == [job]
        place.cancel(job)

    def test_a_job_of_another_lake_is_left_alone(self, server, place, operator):
        theirs = ServerlessPlace.made(server, "s3://theirs")
        running = theirs.submit(theirs.work(SLEEP))
        own = operator("print('done')").execute(context())
        assert place.all() == [(own, place.DONE)]
        theirs.cancel(running)

    def test_an_application_that_is_gone_is_told_with_what_to_do(self, place, operator):
        work = {**place.work(SLEEP), "applicationId": "00gone"}
        with pytest.raises(AirflowFailException, match="00gone is gone: set the Airflow variable"):
            operator("", work=work).execute(context())

    def test_the_teardown_cancels_what_still_runs_of_this_run_alone(self, server, place):
        theirs = ServerlessPlace.made(server, "s3://theirs")
        running = place.submit(place.work(SLEEP)), theirs.submit(theirs.work(SLEEP))
        EmrEndClusterOperator(
            task_id="end", cluster_id="", application=APPLICATION, lake=place.lake
        ).execute(context())
        place.await_state(running[0], "CANCELLED")
        assert dict(theirs.all())[running[1]] not in ("CANCELLED", "CANCELLING")
        theirs.cancel(running[1])
