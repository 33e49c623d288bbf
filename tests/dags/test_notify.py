"""Word to people, through a real SNS topic to a real subscriber."""

import json
from dataclasses import dataclass

import pytest
from airflow.sdk.exceptions import AirflowException

from tests.emr_endpoint import SECRET
from tests.places import REPOSITORY
from verger_runs.notify import (
    REASON_LETTERS,
    SUBJECT_LETTERS,
    NotifySettingError,
    on_failure,
    on_new_model,
)

LOG = "https://airflow.example/log"


@dataclass(frozen=True)
class Task:
    """What a note wants of a task instance."""

    dag_id: str = "fruit_features"
    run_id: str = "manual__1"
    task_id: str = "reduce_pca"
    log_url: str = LOG
    returned: str = "a1b2c3"

    def xcom_pull(self, task_ids):
        assert task_ids == self.task_id
        return self.returned


@pytest.fixture
def inbox(server, monkeypatch):
    """What a subscriber of the topic that is set receives; the connection is of another region."""
    sns, sqs = server.client("sns"), server.client("sqs")
    topic = sns.create_topic(Name="verger-news")["TopicArn"]
    queue = sqs.create_queue(QueueName="reader")["QueueUrl"]
    wanted = {"QueueUrl": queue, "AttributeNames": ["QueueArn"]}
    arn = sqs.get_queue_attributes(**wanted)["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    extra = {"region_name": "eu-west-1", "endpoint_url": server.url}
    connection = {"conn_type": "aws", "login": "gardener", "password": SECRET, "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", json.dumps(connection))
    monkeypatch.setenv("AIRFLOW__VERGER__NOTIFY", topic)

    def read():
        found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        bodies = [json.loads(message["Body"]) for message in found]
        return [(body["Subject"], body["Message"]) for body in bodies]

    yield read
    sqs.delete_queue(QueueUrl=queue)
    sns.delete_topic(TopicArn=topic)


def failure(reason, **task):
    return {"ti": Task(**task), "exception": reason}


def test_a_failure_tells_what_where_why_and_what_next(inbox):
    (tell,) = on_failure()
    tell(failure(AirflowException("reduce_pca failed: bring more photographs")))
    ((subject, message),) = inbox()
    assert subject == "verger: fruit_features.reduce_pca failed (manual__1)"
    lines = dict(line.split(": ", 1) for line in message.splitlines())
    assert (lines["DAG"], lines["run"]) == ("fruit_features", "manual__1")
    assert (lines["task"], lines["log"]) == ("reduce_pca", LOG)
    assert lines["reason"] == "reduce_pca failed: bring more photographs"
    assert "clear the task" in lines["next"]


def test_a_publication_names_the_model(inbox):
    (tell,) = on_new_model()
    tell({"ti": Task(task_id="publish")})
    ((subject, message),) = inbox()
    assert subject == "verger: fruit_features.publish published (manual__1)"
    assert "model a1b2c3" in message
    assert "rollback_model" in message


def test_each_call_tells_its_own_and_braces_are_no_template(inbox):
    (tell,) = on_failure()
    tell(failure("{{ first }}"))
    tell(failure("{% second"))
    messages = "\n".join(message for _, message in inbox())
    assert "reason: {{ first }}" in messages
    assert "reason: {% second" in messages


def test_a_long_and_strange_name_becomes_a_subject_that_sns_takes(inbox):
    (tell,) = on_failure()
    tell(failure("no", run_id="Äpfel\n" + "x" * 200))
    ((subject, _),) = inbox()
    assert len(subject) == SUBJECT_LETTERS
    assert subject.isascii()
    assert subject.isprintable()


def test_of_a_long_reason_the_end_is_told(inbox):
    (tell,) = on_failure()
    tell(failure("x" * 300_000 + " no space left"))
    ((_, message),) = inbox()
    assert "no space left\nlog: " in message
    assert len(message) < REASON_LETTERS + 500


def test_a_task_that_died_without_an_exception_is_told_too(inbox):
    (tell,) = on_failure()
    tell({"ti": Task()})
    ((_, message),) = inbox()
    assert "reason: it ended without a word" in message


@pytest.mark.parametrize("setting", [None, "", " "])
def test_nobody_is_told_where_nothing_is_set(monkeypatch, setting):
    if setting is None:
        monkeypatch.delenv("AIRFLOW__VERGER__NOTIFY", raising=False)
    else:
        monkeypatch.setenv("AIRFLOW__VERGER__NOTIFY", setting)
    assert on_failure() == on_new_model() == []


@pytest.mark.parametrize("setting", ["verger-news", "arn:aws:sqs:eu-west-1:123456789012:news"])
def test_a_setting_that_is_no_topic_is_refused(monkeypatch, setting):
    monkeypatch.setenv("AIRFLOW__VERGER__NOTIFY", setting)
    with pytest.raises(NotifySettingError, match="AIRFLOW__VERGER__NOTIFY"):
        on_failure()


def test_every_task_of_every_dag_tells_its_failure_and_publish_its_success(monkeypatch):
    from airflow.dag_processing.dagbag import DagBag

    monkeypatch.setenv("AIRFLOW__VERGER__NOTIFY", "arn:aws:sns:eu-west-1:123456789012:news")
    bag = DagBag(str(REPOSITORY / "dags"))
    tasks = [task for dag in bag.dags.values() for task in dag.tasks]
    assert len(tasks) > 10
    for task in tasks:
        if task.task_id == "watch":  # it fails where another task has, which was told
            continue
        assert task.has_on_failure_callback, f"{task.task_id}: on_failure() into default_args"
    told = [task.task_id for task in tasks if task.has_on_success_callback]
    assert told == ["publish"]
