"""A running Airflow with our pages over a lake of a test, below a path as behind a proxy."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import requests

from local_cloud.process import Service, free_port
from tests.places import REPOSITORY

PATH = "/orchards"


def environment(home: Path, lake: Path, port: int, service: str) -> dict[str, str]:
    """Everybody who comes is an admin; the DAGs and plugins are those of this checkout."""
    return {
        **os.environ,
        "PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'spark_jobs'}",
        "AIRFLOW_HOME": str(home),
        "AIRFLOW_VAR_VERGER_LAKE": str(lake),
        "AIRFLOW__VERGER__SERVICE": service,
        "AIRFLOW__CORE__DAGS_FOLDER": str(REPOSITORY / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}{PATH}",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__SECRET_KEY": "only-for-this-test",
        "AIRFLOW__API_AUTH__JWT_SECRET": "only-for-this-test" * 4,
    }


def site(home: Path, lake: Path, service: str) -> tuple[Service, str]:
    """An Airflow that is ready to be started, with the DAGs in its database; and its address. It
    asks the service at an address about photographs.
    """
    port = free_port()
    address = f"http://127.0.0.1:{port}{PATH}/"
    variables = environment(home, lake, port, service)
    for words in ("db migrate", "dags reserialize"):
        command = [sys.executable, "-m", "airflow", *words.split()]
        done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    server = Service(
        name="Airflow's api-server",
        command=[sys.executable, "-m", "airflow", "api-server"],
        log=home / "log",
        ready=lambda: _answers(address),
        environment=variables,
        seconds=600,
    )
    return server, address


def _answers(address: str) -> bool:
    try:
        return requests.get(f"{address}api/v2/monitor/health", timeout=5).ok
    except requests.RequestException:
        return False
