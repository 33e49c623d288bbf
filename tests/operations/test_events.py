"""Word of new photographs, clusters that nobody needs any more, and an Airflow that dies."""

import json
import signal

import psutil
import pytest

from tests.operations.stack import Stack, fresh, spring

STORM = 50


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    """A stack that listens to its queue and has no clock; photographs have landed."""
    folder = tmp_path_factory.mktemp("events")
    made = Stack(folder, spring(folder))
    made.start(
        AIRFLOW__VERGER__CLOCK="off",
        AIRFLOW__VERGER__QUEUE=f"{made.aws}/123456789012/verger-landing",
        AIRFLOW_VAR_VERGER_IDLE_SECONDS="60",
    )
    yield made
    made.stop()


def storm(stack):
    """Events as S3 sends them: repeated, out of order, keys quoted, a test event among them."""
    sqs = stack.client("sqs")
    queue = sqs.get_queue_url(QueueName="verger-landing")["QueueUrl"]
    for number in range(STORM):
        key = f"spring/Training/Apricot/{(7 * number) % 10}_100+%C3%A9.jpg"
        record = {"eventName": "ObjectCreated:Put", "s3": {"object": {"key": key}}}
        body = {"Event": "s3:TestEvent"} if number == 3 else {"Records": [record]}
        sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(body))


def settled(stack, before):
    """All runs that came of a storm, once the queue is empty and none is under way."""
    sqs = stack.client("sqs")
    queue = sqs.get_queue_url(QueueName="verger-landing")["QueueUrl"]

    def over():
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        told = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
        runs = [run for run in stack.runs() if run["dag_run_id"] not in before]
        done = all(run["state"] in ("success", "failed") for run in runs)
        empty = not any(int(count) for count in told.values())
        return runs if runs and done and empty and not stack.queued_events() else None

    return stack.wait(over)


@pytest.fixture(scope="module")
def stormed(stack):
    storm(stack)
    return settled(stack, before=set())


def test_fifty_events_are_a_few_runs_and_one_cluster_and_all_photographs(stack, stormed):
    assert 1 <= len(stormed) <= 3
    assert {run["state"] for run in stormed} == {"success"}
    assert {run["run_type"] for run in stormed} == {"asset_triggered"}
    assert stack.clusters() == 1
    last = max(stormed, key=lambda run: run["start_date"])
    assert (stack.summary(last)["images"], stack.summary(last)["labels"]) == (120, 4)


def test_events_without_anything_new_end_green_and_cost_nothing(stack, stormed):
    storm(stack)
    runs = settled(stack, before={run["dag_run_id"] for run in stormed})
    assert {run["state"] for run in runs} == {"success"}
    assert stack.clusters() == 1


def test_the_reaper_ends_what_nobody_needs_and_nothing_else(stack, stormed):
    emr = stack.client("emr")

    def cluster(name, hours="24", protected=False, project="verger"):
        tags = {
            "project": project,
            "dag": "fruit_features",
            "run": "nobody",
            "lake": "s3://verger-lake",
            "max-age-hours": hours,
        }
        return emr.run_job_flow(
            Name=name,
            ReleaseLabel="emr-spark-8.0.0",
            Instances={"KeepJobFlowAliveWhenNoSteps": True, "TerminationProtected": protected},
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        )["JobFlowId"]

    old, young = cluster("old", hours="0"), cluster("young")
    protected, strange = (
        cluster("protected", "0", protected=True),
        cluster("strange", "0", project="x"),
    )
    run = stack.trigger("reap_clusters")
    assert run["state"] == "success"

    def state(cluster_id):
        return emr.describe_cluster(ClusterId=cluster_id)["Cluster"]["Status"]["State"]

    assert state(old).startswith("TERMINAT")
    assert not any(state(other).startswith("TERMINAT") for other in (young, protected, strange))
    # The run is asked for in Airflow: nobody's run is over, yet its cluster may still be at work.
    assert "its run is over; young enough" in stack.log("reap_clusters", run, "reap")


def test_a_run_whose_scheduler_is_killed_before_the_first_step_goes_on_and_leaks_no_cluster(
    stack, stormed
):
    emr = stack.client("emr")
    known = {cluster["Id"] for cluster in emr.list_clusters()["Clusters"]}
    stack.deliver("Tamarillo", fresh("Tamarillo", 5))
    run = stack.post_run()

    def made():
        found = emr.list_clusters()["Clusters"]
        return {of["Id"]: of["Status"] for of in found if of["Id"] not in known}

    stack.wait(made)
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if words[1:4] == ["-m", "airflow", "scheduler"] and stack.owns(process):
            for child in process.children(recursive=True):
                child.send_signal(signal.SIGKILL)
            process.send_signal(signal.SIGKILL)

    ended = stack.ended(run["dag_run_id"])
    assert ended["state"] == "success", stack.failures(ended)
    assert stack.summary(ended)["new"] == 5
    stack.wait(lambda: all(of["State"] == "TERMINATED" for of in made().values()))
    # The run comes back to its cluster; or to another one, where that one was idle for too long.
    *idle, used = sorted(made(), key=lambda of: made()[of]["Timeline"]["CreationDateTime"])
    assert emr.list_steps(ClusterId=used)["Steps"]
    for cluster in idle:
        why = made()[cluster]["StateChangeReason"]["Message"]
        assert "Auto-terminated after 60 idle seconds" in why
        assert emr.list_steps(ClusterId=cluster)["Steps"] == []
