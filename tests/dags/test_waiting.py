"""The wait for a delivery: who waits for what, and one beginning for every wait."""

import os
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from airflow.sdk.api.datamodels._generated import DagRunType
from airflow.sdk.exceptions import AirflowSensorTimeout, TaskDeferred

from verger_runs.delivery import Delivery
from verger_runs.waiting import DeliverySensor

HOURS_12 = timedelta(hours=12).total_seconds()


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A landing place; whoever makes a photograph there says how old it is."""
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", '{"conn_type": "aws"}')
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")

    def photograph(name, seconds_ago):
        path = tmp_path / "Fig" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
        moment = datetime.now(UTC).timestamp() - seconds_ago
        os.utime(path, (moment, moment))

    photograph.folder = tmp_path
    return photograph


def sensor(place, delivery="60", deferrable=True, timeout=HOURS_12):
    return DeliverySensor(
        task_id="wait",
        images=str(place.folder),
        delivery=delivery,
        deferrable=deferrable,
        poke_interval=0.1,
        timeout=timeout,
    )


def run_of(kind):
    return {"dag_run": SimpleNamespace(run_type=kind)}


def deferred(call, *arguments, **options):
    """How a task left: the trigger's pause in seconds, and what it resumes with."""
    with pytest.raises(TaskDeferred) as left:
        call(*arguments, **options)
    assert left.value.method_name == "resume"
    return left.value.trigger.moment, left.value.kwargs, left.value.timeout


def test_a_run_that_a_person_triggered_waits_for_the_first_photograph(place):
    task = sensor(place)
    _, wait, _ = deferred(task.execute, run_of(DagRunType.MANUAL))
    place("1.jpg", seconds_ago=3600)
    task.resume(run_of(DagRunType.MANUAL), **wait)  # does not defer again


@pytest.mark.parametrize("kind", [DagRunType.SCHEDULED, DagRunType.ASSET_TRIGGERED])
def test_a_run_that_nobody_triggered_waits_for_nothing(place, kind):
    sensor(place).execute(run_of(kind))


def test_photographs_that_are_too_young_are_waited_for_by_every_run_and_no_longer(place):
    place("old.jpg", seconds_ago=3600)
    place("young.jpg", seconds_ago=20)
    task = sensor(place)
    until, wait, _ = deferred(task.execute, run_of(DagRunType.SCHEDULED))
    assert 30 < (until - datetime.now(UTC)).total_seconds() < 41
    place("younger.jpg", seconds_ago=0)
    over = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    task.resume(run_of(DagRunType.SCHEDULED), **{**wait, "ends": over})  # does not defer again


def test_a_wait_that_is_deferred_again_keeps_its_beginning_and_what_is_left_of_its_time(place):
    task, person = sensor(place), run_of(DagRunType.MANUAL)
    began = (datetime.now(UTC) - timedelta(hours=11)).isoformat()
    _, wait, timeout = deferred(task.resume, person, began=began, ends=None)
    assert wait["began"] == began
    assert timeout < timedelta(hours=1, minutes=10)


def test_a_wait_in_vain_ends_after_its_hours_in_words_that_say_what_to_do(place):
    task, person = sensor(place), run_of(DagRunType.MANUAL)
    began = (datetime.now(UTC) - timedelta(hours=12, seconds=1)).isoformat()
    with pytest.raises(AirflowSensorTimeout, match=r"in 12 hours: deliver photographs there"):
        task.resume(person, began=began, ends=None)
    with pytest.raises(AirflowSensorTimeout):
        sensor(place, deferrable=False, timeout=0).execute(person)


@pytest.mark.parametrize(("hours", "seconds"), [(0, 10), (0.5, 180), (6, 300)])
def test_the_longer_a_wait_is_in_vain_the_rarer_it_looks(place, hours, seconds):
    began = (datetime.now(UTC) - timedelta(hours=hours)).isoformat()
    until, _, _ = deferred(sensor(place).resume, run_of(DagRunType.MANUAL), began=began, ends=None)
    assert (until - datetime.now(UTC)).total_seconds() == pytest.approx(seconds, abs=8)


def test_without_a_triggerer_it_waits_all_the_same(place):
    place("1.jpg", seconds_ago=0)
    task = sensor(place, delivery="1", deferrable=False)
    task.execute(run_of(DagRunType.MANUAL))
    listing = list(task._list())
    assert len(Delivery("1").complete(listing, datetime.now(UTC))) == 1


def test_a_delivery_by_marker_is_waited_for_where_a_person_asked(place):
    place("1.jpg", seconds_ago=3600)
    task = sensor(place, delivery="_READY")
    _, wait, _ = deferred(task.execute, run_of(DagRunType.MANUAL))
    place("_READY", seconds_ago=0)
    task.resume(run_of(DagRunType.MANUAL), **wait)


def test_a_clock_set_back_by_an_hour_prolongs_the_wait_for_the_newest_by_a_minute_at_most(place):
    place("1.jpg", seconds_ago=0)
    began = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    ends = (datetime.now(UTC) + timedelta(hours=1, seconds=60)).isoformat()
    run = run_of(DagRunType.SCHEDULED)
    until, wait, _ = deferred(sensor(place).resume, run, began=began, ends=ends)
    assert (until - datetime.now(UTC)).total_seconds() < 61
    assert datetime.fromisoformat(wait["ends"]) - datetime.now(UTC) < timedelta(seconds=61)


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_jumps_by_an_hour_neither_ends_a_wait_nor_makes_it_look_more_rarely(
    place, hours
):
    began = (datetime.now(UTC) - timedelta(hours=hours)).isoformat()
    until, _, timeout = deferred(
        sensor(place).resume, run_of(DagRunType.MANUAL), began=began, ends=None
    )
    assert (until - datetime.now(UTC)).total_seconds() < 301
    assert timeout > timedelta(hours=10)
