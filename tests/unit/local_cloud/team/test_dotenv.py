"""The team's .env: made once, completed, never replaced by secrets that the volumes do not know."""

import os
import stat
import subprocess
import sys

import pytest

from local_cloud.team import dotenv
from tests.places import REPOSITORY

VOLUMES = "verger_postgres\nverger_objects\n"


@pytest.fixture
def host(tmp_path, monkeypatch):
    """A clone's folder on a host whose Docker has no volumes yet; `volumes` holds their names."""
    folder = tmp_path / "Verger 2"
    folder.mkdir()
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    (tmp_path / "volumes").touch()
    docker.write_text(f'#!/bin/sh\necho "$@" >> "{tmp_path}/asked"\ncat "{tmp_path}/volumes"\n')
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{docker.parent}:{os.environ['PATH']}")
    return folder


def test_secrets_are_for_their_owner_only_and_are_never_made_anew(host):
    path = host / ".env"
    assert dotenv.complete(path, {})
    assert path.stat().st_mode & 0o777 == 0o600
    first = path.read_text()
    assert not dotenv.complete(path, {})
    assert path.read_text() == first
    assert dotenv.read(path).keys() == dotenv.made().keys() | {"PUBLIC_URL", dotenv.PROJECT}


def test_what_was_chosen_once_stays_until_something_else_is_chosen(host):
    path = host / ".env"
    dotenv.complete(path, {"UI_PORT": "8090", "POSTGRES_IMAGE": "mirror/postgres:17.6"})
    dotenv.complete(path, {})
    kept = dotenv.read(path)
    assert (kept["UI_PORT"], kept["POSTGRES_IMAGE"]) == ("8090", "mirror/postgres:17.6")
    assert kept["PUBLIC_URL"] == "http://127.0.0.1:8090"
    dotenv.complete(path, {"UI_PORT": "8091", "PUBLIC_URL": "https://fruit.example.org"})
    changed = dotenv.read(path)
    assert changed["UI_PORT"] == "8091"
    assert changed["PUBLIC_URL"] == "https://fruit.example.org"
    assert changed["POSTGRES_PASSWORD"] == kept["POSTGRES_PASSWORD"]


def test_lines_of_the_owner_stay_and_his_values_win(host):
    path = host / ".env"
    path.write_text("# ours\nS3_ACCESS_KEY=AKIAEXAMPLE\nOTHER=a=b\n")
    path.chmod(0o644)
    dotenv.complete(path, {})
    assert path.read_text().startswith("# ours\n")
    assert dotenv.read(path)["S3_ACCESS_KEY"] == "AKIAEXAMPLE"
    assert dotenv.read(path)["OTHER"] == "a=b"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_lost_file_over_volumes_that_are_there_is_not_replaced(host, capsys, monkeypatch):
    (host.parent / "volumes").write_text(VOLUMES)
    monkeypatch.chdir(host)
    assert dotenv.main([".env"]) == 1
    assert not (host / ".env").exists()
    said = capsys.readouterr().err
    for word in ("verger_postgres", "Put the old .env back", "docker volume rm"):
        assert word in said
    assert "com.docker.compose.project=verger2" in (host.parent / "asked").read_text()


def test_a_file_that_lost_a_line_is_not_completed_with_a_password_nobody_knows(host):
    path = host / ".env"
    dotenv.complete(path, {})
    lines = [line for line in path.read_text().splitlines() if "POSTGRES_PASSWORD" not in line]
    path.write_text("\n".join(lines))
    (host.parent / "volumes").write_text(VOLUMES)
    with pytest.raises(dotenv.UnusableHostError, match="docker volume rm"):
        dotenv.complete(path, {})


def test_a_secret_that_came_with_a_newer_release_is_added(host):
    path = host / ".env"
    dotenv.complete(path, {})
    kept = dotenv.read(path)
    path.write_text("".join(f"{k}={v}\n" for k, v in kept.items() if k != "SPARK_SECRET"))
    (host.parent / "volumes").write_text(VOLUMES)
    assert dotenv.complete(path, {})
    assert dotenv.read(path).keys() == kept.keys()


def test_a_host_without_docker_is_told_so_in_a_line(host, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(host))
    monkeypatch.chdir(host)
    assert dotenv.main([".env"]) == 1
    assert "no docker on this host" in capsys.readouterr().err


@pytest.fixture
def compose(tmp_path):
    """A stand-in for `docker compose` that notes how it is called, and with which ports."""
    script = tmp_path / "compose"
    script.write_text(
        f'#!{sys.executable}\nimport os, sys\nopen({str(tmp_path / "calls")!r}, "a").write('
        "f\"{os.environ.get('S3_PORT', 'as kept')}: {' '.join(sys.argv[1:])}\\n\")\n"
    )
    script.chmod(0o755)
    return script


@pytest.mark.parametrize("images", ["", "photographs"])
def test_delivering_touches_no_other_service(compose, tmp_path, images):
    (tmp_path / "photographs").mkdir()
    words = [f"IMAGES={tmp_path / images}"] if images else []
    subprocess.run(
        ["make", "--no-print-directory", "team-deliver", f"COMPOSE={compose}", *words],
        cwd=REPOSITORY,
        env={name: value for name, value in os.environ.items() if name != "S3_PORT"},
        check=False,
        capture_output=True,
    )
    (call,) = (tmp_path / "calls").read_text().splitlines()
    assert call.startswith("as kept: run --rm --no-deps -T deliver ")
    assert call.endswith(" photographs -" if images else " sample")
