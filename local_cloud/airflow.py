"""Airflow on this machine: a home of its own, this checkout's DAGs and plugins, the local stack."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from local_cloud.errors import LocalCloudError
from local_cloud.private import make_private, write_private
from local_cloud.process import LOOPBACK, Service, is_open, last_words
from local_cloud.stack import CODE, JOB_ROLE, LAKE, LANDING, LOGS, Stack

REPOSITORY = Path(__file__).parents[1]
USER = "admin"
DAG = "fruit_features"
# How long a writer waits for another one; with SQLite's own 5 s a click on Trigger, in a minute
# when the machine was busy, was answered with "database is locked".
LOCK_SECONDS = 60
TOKEN_SECONDS = 7 * 24 * 3600
# Log servers, for workers elsewhere, listen on all addresses; here all read the same folder.
COMPONENTS = {
    "api-server": (),
    "scheduler": ("--skip-serve-logs",),
    "dag-processor": (),
    "triggerer": ("--skip-serve-logs",),
}


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
            # A laptop sleeps: after Airflow's own ten minutes a task would be turned away.
            "AIRFLOW__EXECUTION_API__JWT_EXPIRATION_TIME": str(TOKEN_SECONDS),
            "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "False",
            # Tasks that died with the scheduler begin again within a minute, not within five.
            "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "30",
            # Looks for changed files of DAGs every ten seconds. Others are parsed again every two
            # minutes, in case one could not be: what DAGs are made of is the environment.
            "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "10",
            "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "120",
            "AIRFLOW_CONN_AWS_DEFAULT": self.stack.connection(),
            "AIRFLOW_VAR_VERGER_LANDING": f"s3://{LANDING}",
            "AIRFLOW_VAR_VERGER_LAKE": f"s3://{LAKE}",
            "AIRFLOW_VAR_VERGER_CODE": f"s3://{CODE}",
            "AIRFLOW_VAR_VERGER_LOGS": f"s3://{LOGS}",
            "AIRFLOW_VAR_VERGER_APPLICATION": self.stack.application,
            "AIRFLOW_VAR_VERGER_JOB_ROLE": JOB_ROLE,
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
        environment = {**os.environ, **self.environment()}  # makes the folder, too
        log = self.home / "migrate.log"
        with log.open("wb") as out:
            done = subprocess.run(
                [sys.executable, "-m", "airflow", "db", "migrate"],
                env=environment,
                stdout=out,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if done.returncode:
            raise LocalCloudError(f"airflow db migrate failed: {last_words(log)}")
        migrated.touch()

    def components(self) -> list[Service]:
        """The four programs of an Airflow that schedules by itself."""
        return [
            Service(
                name=f"Airflow's {name}",
                command=[sys.executable, "-m", "airflow", name, *flags],
                log=self.home / f"{name}.log",
                ready=lambda: is_open(self.ui_port),  # the first of them serves the page
                environment=self.environment(),
            )
            for name, flags in COMPONENTS.items()
        ]

    def _secrets(self) -> Mapping[str, str]:
        path = self.home / "secrets.json"
        if not path.exists():
            import base64

            make_private(self.home)
            made = {name: secrets.token_urlsafe(32) for name in ("secret", "jwt")}
            made["password"] = secrets.token_urlsafe(9)
            made["fernet"] = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
            write_private(path, json.dumps(made))
            write_private(self._passwords, json.dumps({USER: made["password"]}))
        return dict(json.loads(path.read_text()))

    @property
    def _passwords(self) -> Path:
        return self.home / "passwords.json"
