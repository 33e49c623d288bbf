"""The schedule of the main DAG: a clock, and notifications of new photographs where a queue is set.

Read while DAG files are parsed, so from Airflow's configuration (environment) and no variable:
AIRFLOW__VERGER__CLOCK (a cron expression or `@daily`; `off` for none) and AIRFLOW__VERGER__QUEUE
(URL of an SQS queue that gets the landing bucket's notifications).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.configuration import conf
from airflow.sdk import Asset, AssetOrTimeSchedule, AssetWatcher, CronTriggerTimetable

from verger_runs.defaults import poll_seconds

# Airflow's backfill wants a DAG that runs periodically: a day is one run. A run that finds nothing
# new needs no cluster.
CLOCK = "@daily"
OFF = "off"
LANDING = "verger_landing"


def schedule() -> Any:
    """What goes into DAG(schedule=…): clock, queue, both or None."""
    clock = conf.get("verger", "clock", fallback=CLOCK).strip()
    queue = conf.get("verger", "queue", fallback="").strip()
    # Without run_immediately an Airflow that is new at breakfast starts last night's run.
    times = (
        None
        if clock in ("", OFF)
        else CronTriggerTimetable(clock, timezone="UTC", run_immediately=timedelta(0))
    )
    if not queue:
        return times
    asset = _watched(queue)
    return AssetOrTimeSchedule(timetable=times, assets=[asset]) if times else [asset]


def _watched(queue: str) -> Asset:
    """The landing bucket as an asset; its watcher reads the queue of its notifications.

    A message is a hint and is deleted once read; a run finds what is new by listing. Up to a
    hundred messages become one event, and while a run is active Airflow keeps all further events
    for the one run after it (max_active_runs=1).
    """
    from airflow.providers.amazon.aws.triggers.sqs import SqsSensorTrigger

    trigger = SqsSensorTrigger(
        sqs_queue=queue,
        max_messages=10,
        num_batches=10,
        waiter_delay=max(10, poll_seconds()),
    )
    return Asset(name=LANDING, watchers=[AssetWatcher(name="landing_queue", trigger=trigger)])
