"""A running Airflow, asked over its own API as its web page asks it."""

from __future__ import annotations

import time
from collections.abc import Callable

import requests

from local_cloud.airflow import USER, Airflow
from local_cloud.errors import LocalCloudError

LOOK_SECONDS = 0.5
# The clock is the last resort: a part that dies, or a DAG that cannot be loaded, ends the wait.
LONGEST_SECONDS = 1800.0


def await_dag(airflow: Airflow, dag_id: str, check: Callable[[], None]) -> None:
    """Return when a DAG can be triggered; `check` raises if that is in vain.

    Raises LocalCloudError if the DAG cannot be loaded.
    """
    session = requests.Session()
    session.trust_env = False  # no proxy lies before loopback
    deadline = time.monotonic() + LONGEST_SECONDS
    while not _can_be_triggered(session, airflow, dag_id):
        check()
        if time.monotonic() > deadline:
            raise LocalCloudError(f"Airflow has not loaded {dag_id}: see {airflow.home}/*.log")
        time.sleep(LOOK_SECONDS)


def _can_be_triggered(session: requests.Session, airflow: Airflow, dag_id: str) -> bool:
    try:
        _log_in(session, airflow)
        answer = session.get(f"{airflow.url}/api/v2/dags/{dag_id}/details", timeout=30)
        if not answer.ok:
            errors = session.get(f"{airflow.url}/api/v2/importErrors", timeout=30).json()
            _refuse_broken(errors.get("import_errors", []), dag_id)
        return answer.ok
    except requests.RequestException:
        return False


def _log_in(session: requests.Session, airflow: Airflow) -> None:
    if "Authorization" in session.headers:
        return
    user = {"username": USER, "password": airflow.password}
    answer = session.post(f"{airflow.url}/auth/token", json=user, timeout=30)
    answer.raise_for_status()
    session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"


def _refuse_broken(errors: list[dict[str, str]], dag_id: str) -> None:
    for error in errors:
        if dag_id in error["filename"]:
            last = error["stack_trace"].strip().splitlines()[-1]
            raise LocalCloudError(f"{error['filename']} cannot be loaded: {last}")
