"""How EMR is asked, how it answers where it knows no such cluster, and what a killed task asks."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow.sdk import Context

# EMR throttles an account, not a run: others' calls count too. Botocore waits longer each time.
RETRIES: dict[str, Any] = {"retries": {"mode": "standard", "max_attempts": 10}}
# Error codes for a cluster that is unknown, or takes no more steps.
UNKNOWN = ("InvalidRequestException", "ValidationException", "NoSuchCluster")
# States of a cluster that is of no more use.
GONE = ("TERMINATING", "TERMINATED", "TERMINATED_WITH_ERRORS")

log = logging.getLogger(__name__)


def is_given_up(context: Context) -> bool:
    """Whether Airflow says that a task which is being killed shall not run.

    Where it counts as running, or Airflow does not answer, only this process ends: its token has
    expired while a laptop slept, or its worker is replaced. The next try goes on.
    """
    task, run_id = context["ti"], context["run_id"]
    try:
        states = task.get_task_states(dag_id=task.dag_id, task_ids=[task.task_id], run_ids=[run_id])
    except Exception as error:  # whatever it is, it is no person's decision
        log.warning("Airflow does not answer (%s): what was begun goes on", error)
        return False
    return bool(states.get(run_id, {}).get(task.task_id) != "running")
