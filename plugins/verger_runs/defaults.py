"""What the project's DAG files have in common."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.configuration import conf

from verger_runs.notify import on_failure


def poll_seconds() -> int:
    """Seconds between two looks at S3 or EMR: AIRFLOW__VERGER__POLL_SECONDS, 1 or more."""
    return max(1, conf.getint("verger", "poll_seconds", fallback=15))


def default_args(retry_delay: timedelta = timedelta(seconds=10)) -> dict[str, Any]:
    """For DAG(default_args=…): one retry, and word to people when that has failed, too."""
    return {
        "owner": "verger",
        "retries": 1,
        "retry_delay": retry_delay,
        "on_failure_callback": on_failure(),
    }
