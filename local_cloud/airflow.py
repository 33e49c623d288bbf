"""Airflow on this machine: a home of its own, this checkout's DAGs and plugins, the local stack."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from local_cloud.errors import LocalCloudError
from local_cloud.private import write_private
from local_cloud.process import LOOPBACK, Service, is_open
from local_cloud.stack import CODE, LAKE, LANDING, LOGS, Stack

REPOSITORY = Path(__file__).parents[1]
USER = "admin"
# How long a writer waits for another one; with SQLite's own 5 s a click on Trigger, in a minute
# when the machine was busy, was answered with "database is locked".
LOCK_SECONDS = 60


@dataclass(frozen=True)
class Airflow:
    """An Airflow in a folder, on a stack; its web page on a port."""

    home: Path
    stack: Stack
    ui_port: int

    def environment(self) -> dict[str, str]:
        """Everything that Airflow is told; the secrets in it are made once per home."""
        made = self._secrets()
        settings = {
            "AIRFLOW_HOME": str(self.home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(REPOSITORY / "dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(self._passwords),
            "AIRFLOW__CORE__FERNET_KEY": made["fernet"],
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{self.home}/airflow.db"
            f"?timeout={LOCK_SECONDS}",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "AIRFLOW__API__HOST": LOOPBACK,
            "AIRFLOW__API__PORT": str(self.ui_port),
            "AIRFLOW__API__BASE_URL": self.url,
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__API__SECRET_KEY": made["secret"],
            "AIRFLOW__API_AUTH__JWT_SECRET": made["jwt"],
            "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "False",
            "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "10",
            "AIRFLOW_CONN_AWS_DEFAULT": self.stack.connection(),
            "AIRFLOW_VAR_VERGER_LANDING": f"s3://{LANDING}",
            "AIRFLOW_VAR_VERGER_LAKE": f"s3://{LAKE}",
            "AIRFLOW_VAR_VERGER_CODE": f"s3://{CODE}",
            "AIRFLOW_VAR_VERGER_LOGS": f"s3://{LOGS}",
            "AIRFLOW_VAR_VERGER_DELIVERY": os.environ.get("AIRFLOW_VAR_VERGER_DELIVERY", "0"),
        }
        # Short waits, no triggerer in the way; whoever wants AWS's manner sets these.
        choices = {
            "AIRFLOW__OPERATORS__DEFAULT_DEFERRABLE": "False",
            "AIRFLOW__VERGER__POLL_SECONDS": "1",
        }
        chosen = {name: os.environ.get(name, value) for name, value in choices.items()}
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        return {**settings, **chosen, **self.stack.environment(), "PATH": path}

    @property
    def url(self) -> str:
        """Address of the web page."""
        return f"http://{LOOPBACK}:{self.ui_port}"

    @property
    def password(self) -> str:
        """The password of the user `admin`."""
        return str(self._secrets()["password"])

    def migrate(self) -> None:
        """Create or upgrade the database, once for each release of Airflow.

        Raises LocalCloudError with what Airflow said.
        """
        migrated = self.home / f"migrated-{version('apache-airflow')}"
        if migrated.exists():
            return
        done = subprocess.run(
            [sys.executable, "-m", "airflow", "db", "migrate"],
            env={**os.environ, **self.environment()},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise LocalCloudError(f"airflow db migrate failed:\n{done.stderr[-3000:]}")
        migrated.touch()

    def components(self) -> list[Service]:
        """The four programs of an Airflow that schedules by itself."""
        return [
            self._component("api-server", seconds=120, ready=lambda: is_open(self.ui_port)),
            self._component("scheduler"),
            self._component("dag-processor"),
            self._component("triggerer"),
        ]

    def _component(
        self, name: str, seconds: float = 60, ready: Callable[[], bool] = lambda: True
    ) -> Service:
        return Service(
            name=f"Airflow's {name}",
            command=[sys.executable, "-m", "airflow", name],
            log=self.home / f"{name}.log",
            ready=ready,
            environment=self.environment(),
            seconds=seconds,
        )

    def _secrets(self) -> Mapping[str, str]:
        path = self.home / "secrets.json"
        if not path.exists():
            import base64

            self.home.mkdir(parents=True, exist_ok=True)
            made = {name: secrets.token_urlsafe(32) for name in ("secret", "jwt")}
            made["password"] = secrets.token_urlsafe(9)
            made["fernet"] = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
            write_private(path, json.dumps(made))
            write_private(self._passwords, json.dumps({USER: made["password"]}))
        return dict(json.loads(path.read_text()))

    @property
    def _passwords(self) -> Path:
        return self.home / "passwords.json"
