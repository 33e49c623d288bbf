"""The team's people: Airflow with the auth manager of docker-compose.yaml, asked over HTTP."""

import os
import subprocess
import sys
from dataclasses import dataclass

import pytest
import requests
import yaml

from local_cloud.process import Service, free_port
from tests.places import REPOSITORY

COMPOSE = yaml.safe_load((REPOSITORY / "docker-compose.yaml").read_text())
AUTH_MANAGER = "AIRFLOW__CORE__AUTH_MANAGER"
FIRST, CHANGED = "the-first-password", "one-that-was-changed"
PAGE = "/verger/run/any/any"  # a page of our plugin


@dataclass(frozen=True)
class Site:
    """An Airflow with a database of its own."""

    url: str
    environment: dict[str, str]

    def command(self, *words):
        """Airflow's command line, or a module of ours, to its end."""
        done = subprocess.run(
            [sys.executable, *words],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def add_first_admin(self, password):
        """What `prepare` does at each start of the services; whether it added somebody."""
        code = f"from local_cloud.team.people import *; print(add_first_admin({password!r}))"
        return self.command("-c", code).strip().splitlines()[-1] == "True"

    def login(self, user, password):
        """Headers of a user that logs in; None where the password is refused."""
        who = {"username": user, "password": password}
        answer = requests.post(f"{self.url}/auth/token", json=who, timeout=60)
        if not answer.ok:
            return None
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def status(self, page, headers=None):
        """The status that a page answers with."""
        return requests.get(self.url + page, headers=headers, timeout=60).status_code


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A running Airflow in which `prepare` has added the first user."""
    home, port = tmp_path_factory.mktemp("airflow"), free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        AUTH_MANAGER: COMPOSE["x-airflow-environment"][AUTH_MANAGER],
        "PYTHONPATH": str(REPOSITORY),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(REPOSITORY / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__SECRET_KEY": "only-for-this-test",
        "AIRFLOW__API_AUTH__JWT_SECRET": "only-for-this-test" * 4,
    }
    made = Site(url, environment)
    made.command("-m", "airflow", "db", "migrate")
    assert made.add_first_admin(FIRST)
    server = Service(
        name="Airflow's api-server",
        command=[sys.executable, "-m", "airflow", "api-server"],
        log=home / "log",
        ready=lambda: answers(url),
        environment=environment,
        seconds=300,
    )
    server.start()
    yield made
    server.stop()


def answers(url):
    """Whether Airflow is up."""
    try:
        return requests.get(f"{url}/api/v2/monitor/health", timeout=5).ok
    except requests.RequestException:
        return False


def test_our_pages_are_for_people_who_are_logged_in(site):
    assert site.status(PAGE) == 401
    assert site.login("admin", "guessed") is None
    assert site.status(PAGE, site.login("admin", FIRST)) == 200


def test_people_get_roles_and_no_more_than_those_allow(site):
    words = "users create --username vera --firstname V --lastname V --email v@example.org"
    site.command("-m", "airflow", *words.split(), "--role=Viewer", "--password=looks-only")
    vera = site.login("vera", "looks-only")
    assert site.status("/api/v2/dags", vera) == 200
    for path in ("dags/fruit_features/dagRuns", "variables"):
        answer = requests.post(f"{site.url}/api/v2/{path}", json={}, headers=vera, timeout=60)
        assert answer.status_code == 403, path


def test_our_pages_are_not_for_those_who_may_see_other_dags_alone(site):
    for words in (
        "dags reserialize",
        "sync-perm --include-dags",
        "roles create Sweepers",
        "roles add-perms Sweepers --action can_read --resource Website",
        "roles add-perms Sweepers --action can_read --resource DAG:vacuum",
    ):
        site.command("-m", "airflow", *words.split())
    words = "users create --username sam --firstname S --lastname S --email s@example.org"
    site.command("-m", "airflow", *words.split(), "--role=Sweepers", "--password=sweeps-only")
    sam = site.login("sam", "sweeps-only")
    assert site.status("/api/v2/dags/vacuum", sam) == 200
    for page in ("orchard", "map", "map/who", f"picture/{'0' * 32}/small", "static/verger.css"):
        assert site.status(f"/verger/{page}", sam) == 403, page
    assert site.status("/verger/run/fruit_features/r", sam) == 403


def test_another_start_of_the_services_leaves_people_and_passwords_alone(site):
    words = f"users reset-password --username admin --password {CHANGED}"
    site.command("-m", "airflow", *words.split())
    assert not site.add_first_admin(FIRST)
    assert site.login("admin", FIRST) is None
    assert site.login("admin", CHANGED)
