"""How people use the DAG, on a running Airflow: by the form and by the clock."""

import json

import pytest
import requests

from local_cloud.s3 import REGION
from tests.operations.stack import AUTUMN, PATIENCE, SMALL, Stack, fresh, spring

TOPIC = "verger-news"


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    """Photographs of four categories have landed; nothing has run yet."""
    folder = tmp_path_factory.mktemp("uses")
    made = Stack(folder, spring(folder))
    # Ticks of a year apart: no run of its own while the form is tried.
    arn = f"arn:aws:sns:{REGION}:123456789012:{TOPIC}"
    made.start(AIRFLOW__VERGER__CLOCK="0 0 1 1 *", AIRFLOW__VERGER__NOTIFY=arn)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def inbox(stack):
    """What a subscriber of the topic has received since it looked last."""
    sns, sqs = stack.client("sns"), stack.client("sqs")
    topic = sns.create_topic(Name=TOPIC)["TopicArn"]
    queue = sqs.create_queue(QueueName="reader")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["QueueArn"])

    def read():
        received = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        messages = received.get("Messages", [])
        for message in messages:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"])["Subject"] for message in messages]

    return read


def test_a_run_that_is_triggered_before_anything_is_delivered_waits_for_it(stack):
    run = stack.post_run(prefix=AUTUMN, dry_run=True)
    waits = "nothing complete below s3://verger-landing/autumn yet"
    stack.wait(lambda: waits in stack.log("fruit_features", run, "wait_for_photographs"))
    assert stack.tasks(run)["plan"] is None
    stack.deliver("Kumquats", fresh("Kumquats", 2))
    ended = stack.ended(run["dag_run_id"])
    assert ended["state"] == "success"
    assert "2 photographs below" in stack.log("fruit_features", ended, "plan")
    stack.take_back("Kumquats")


@pytest.fixture(scope="module")
def first(stack, inbox):
    """What the form began."""
    return stack.succeeded(stack.trigger(**SMALL))


def test_the_form_runs_it_all_and_publishes_the_models_it_fitted(stack, first):
    summary = stack.summary(first)
    assert (summary["images"], summary["labels"], summary["new"]) == (120, 4, 120)
    assert stack.tasks(first)["publish"] == "success"
    events = stack.get("assets/events?limit=50")["asset_events"]
    told = [event["extra"] for event in events if "mean_distance" in event["extra"]]
    assert [(extra["k"], extra["photographs"]) for extra in told] == [(200, 120)]


def test_people_are_told_of_a_new_model_and_of_nothing_else(first, inbox):
    (subject,) = inbox()
    assert subject.startswith("verger: fruit_features.publish published")


def test_the_page_of_a_run_shows_its_plan_to_who_is_logged_in(stack, first):
    page = f"{stack.api.removesuffix('/api/v2')}/verger/run/fruit_features/{first['dag_run_id']}"
    shown = stack.session.get(page, timeout=PATIENCE)
    assert shown.status_code == 200
    for told in ("Apricot", "extract_descriptors", "node-hours"):
        assert told in shown.text
    assert requests.get(page, timeout=PATIENCE).status_code == 401


def test_a_dry_run_plans_and_creates_no_cluster(stack, first):
    before = stack.clusters()
    run = stack.trigger(**SMALL, vocabulary="fit", preset="seed", dry_run=True)
    assert run["state"] == "success"
    tasks = stack.tasks(run)
    assert (tasks["plan"], tasks["create_cluster"]) == ("success", "skipped")
    assert stack.clusters() == before


@pytest.mark.parametrize(
    ("conf", "task"),
    [
        ({"prefix": "a*"}, "check_request"),
        ({"categories": ["Durian"]}, "plan"),
        ({"vocabulary": "fit", "k": 300, "most_dollars": 0.01}, "plan"),
    ],
)
def test_what_cannot_be_is_refused_before_a_cluster_exists(stack, first, inbox, conf, task):
    before = stack.clusters()
    run = stack.trigger(**conf)
    assert run["state"] == "failed"
    assert stack.tasks(run)[task] == "failed"
    assert stack.clusters() == before
    assert f"verger: fruit_features.{task} failed" in stack.wait(inbox)[0]


def test_a_run_that_a_person_marks_as_failed_ends_failed_and_its_cluster_goes(stack, first):
    run = stack.post_run(**{**SMALL, "k": 250}, vocabulary="fit")
    stage = "build_vocabulary"
    stack.wait(lambda: "EMR has step s-" in stack.log("fruit_features", run, stage))
    stack.mark_failed(run)
    assert stack.ended(run["dag_run_id"])["state"] == "failed"
    tasks = stack.tasks(run)
    assert (tasks[stage], tasks["reduce_pca"], tasks["publish"]) == ("failed", "skipped", "skipped")
    assert tasks["terminate_cluster"] == "success"
    emr = stack.client("emr")
    newest = emr.list_clusters()["Clusters"][0]["Id"]

    def states():
        return [step["Status"]["State"] for step in emr.list_steps(ClusterId=newest)["Steps"]]

    stack.wait(lambda: states() == ["CANCELLED"])


@pytest.fixture(scope="module")
def clocked(stack, first):
    """The same stack with a clock that ticks every minute; a category has landed."""
    stack.deliver("Kumquats", fresh("Kumquats"))
    stack.stop()
    stack.start(AIRFLOW__VERGER__CLOCK="* * * * *")

    def two():
        runs = [run for run in stack.runs() if run["run_type"] == "scheduled"]
        over = [run for run in runs if run["state"] in ("success", "failed")]
        return over if len(over) >= 2 else None

    return sorted(stack.wait(two), key=lambda run: run["start_date"])[:2]


def test_the_clock_takes_what_has_landed_and_then_costs_nothing(stack, clocked):
    assert [run["state"] for run in clocked] == ["success", "success"], stack.failures(*clocked)
    took, idle = map(stack.summary, clocked)
    assert (took["new"], took["images"], took["labels"]) == (30, 150, 5)
    assert took["photographs_done"]["import_images"] == 30
    assert (idle["new"], idle["images"]) == (0, 150)
    assert stack.tasks(clocked[0])["create_cluster"] == "success"
    assert stack.tasks(clocked[1])["create_cluster"] == "skipped"
