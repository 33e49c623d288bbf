"""When runs start by themselves, as the deployment sets it."""

from datetime import timedelta

import pytest
from airflow.sdk import DAG, AssetOrTimeSchedule, CronTriggerTimetable

from verger_runs.landing import schedule

QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/verger-landing"


@pytest.fixture
def scheduled(monkeypatch):
    """The schedule under settings; None leaves one unset."""

    def make(clock=None, queue=None):
        for name, value in (("CLOCK", clock), ("QUEUE", queue)):
            if value is None:
                monkeypatch.delenv(f"AIRFLOW__VERGER__{name}", raising=False)
            else:
                monkeypatch.setenv(f"AIRFLOW__VERGER__{name}", value)
        return schedule()

    return make


def test_left_alone_it_is_a_clock_that_does_not_strike_at_once(scheduled):
    made = scheduled()
    assert isinstance(made, CronTriggerTimetable)
    assert made.run_immediately == timedelta(0)


def test_a_clock_can_be_switched_off(scheduled):
    assert scheduled(clock="off") is None
    assert scheduled(clock="") is None


def test_a_queue_is_watched_beside_the_clock(scheduled):
    made = scheduled(queue=QUEUE)
    assert isinstance(made, AssetOrTimeSchedule)
    (asset,) = made.asset_condition.objects
    path, settings = asset.watchers[0].trigger.serialize()
    assert path.endswith("SqsSensorTrigger")
    assert settings["sqs_queue"] == QUEUE
    assert settings["max_messages"] * settings["num_batches"] == 100
    assert settings["waiter_delay"] >= 10


@pytest.mark.parametrize(
    ("settings", "periodic"),
    [({}, True), ({"queue": QUEUE}, True), ({"clock": "off", "queue": QUEUE}, False)],
)
def test_backfill_is_possible_wherever_there_is_a_clock(scheduled, settings, periodic):
    from airflow.serialization.serialized_objects import DagSerialization

    dag = DAG("d", schedule=scheduled(**settings))
    read = DagSerialization.from_dict(DagSerialization.to_dict(dag))
    assert read.timetable.periodic is periodic
