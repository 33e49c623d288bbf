"""The Airflow of a laptop: what it is told that a server's is not."""

from local_cloud.airflow import Airflow
from local_cloud.stack import Stack

NIGHT_SECONDS = 16 * 3600


def test_a_task_is_let_in_after_a_night_of_sleep(tmp_path, monkeypatch):
    from airflow.configuration import conf

    stack = Stack(tmp_path / "lake", tmp_path / "work")
    for name, value in Airflow(tmp_path / "airflow", stack, 8080).environment().items():
        monkeypatch.setenv(name, value)
    assert conf.getint("execution_api", "jwt_expiration_time") > NIGHT_SECONDS


def test_its_secrets_and_its_database_are_for_nobody_else(tmp_path):
    home = tmp_path / "airflow"
    assert Airflow(home, Stack(tmp_path / "lake", tmp_path / "work"), 8080).password
    assert home.stat().st_mode & 0o077 == 0
