"""API keys: who may ask, and how much."""

from __future__ import annotations

import json
import stat

import pytest
import requests

from tests.service import service
from verger.cli.main import main
from verger.errors import SettingsError
from verger.serving.app import create_app
from verger.serving.keys import Doorkeeper, Key, KeyFile, add_key
from verger.serving.problems import ProblemError
from verger.serving.settings import Limits, ServiceSettings

LIMITS = Limits()
OPEN = {"/", "/page", "/service-worker.js", "/openapi.json", "/health/live", "/health/ready"}


def test_a_new_key_is_shown_once_and_only_its_digest_is_kept(tmp_path, capsys):
    path = tmp_path / "keys.json"
    assert main(["serve", "--lake", "x", "--keys", str(path), "--new-key", "app"]) == 0
    key = capsys.readouterr().out.strip()
    assert key.startswith("verger_")
    assert key not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Doorkeeper(path, LIMITS).admit(f"Bearer {key}").per_minute == 120


def test_a_service_with_keys_answers_those_who_have_one(taught, tmp_path):
    path = tmp_path / "keys.json"
    key = add_key(path, "app")
    photograph = taught[1][0].read_bytes()
    with service(taught[0], "--keys", str(path)) as running:
        without = running.identify(photograph)
        wrong = running.identify(photograph, headers={"Authorization": "Bearer verger_x"})
        right = running.identify(photograph, headers={"Authorization": f"Bearer {key}"})
        counted = running.get("/metrics").status_code
        alive = running.get("/health/live").status_code
        log = running.log.read_text()
    assert [without.status_code, wrong.status_code, right.status_code] == [401, 401, 200]
    assert without.headers["www-authenticate"] == "Bearer"
    assert (counted, alive) == (401, 200)
    assert key not in log


def test_without_a_key_there_is_the_page_and_whether_it_is_alive_and_nothing_else(taught, tmp_path):
    path = tmp_path / "keys.json"
    add_key(path, "app")
    routes = create_app(ServiceSettings(str(taught[0]), "fruits", keys=path)).routes
    asked = {route.path: next(iter(getattr(route, "methods", ["GET"]))) for route in routes}
    with service(taught[0], "--keys", str(path)) as running:
        answers = {
            path: requests.request(method, running.address + path, timeout=60).status_code
            for path, method in asked.items()
        }
    unlocked = {path for path, status in answers.items() if status != 401}
    assert unlocked == OPEN
    assert len(answers) > len(OPEN)


def test_a_key_may_be_a_secret_of_the_host(taught, monkeypatch):
    monkeypatch.setenv("VERGER_API_KEY", "verger_of-the-host")
    photograph = taught[1][0].read_bytes()
    with service(taught[0]) as running:
        wrong = running.identify(photograph, headers={"Authorization": "Bearer verger_x"})
        right = running.identify(photograph, headers={"Authorization": "Bearer verger_of-the-host"})
    assert [wrong.status_code, right.status_code] == [401, 200]
    assert "of-the-host" not in repr(ServiceSettings("lake", "fruits", secret="verger_of-the-host"))


def test_a_key_that_asks_too_often_waits(tmp_path):
    now = 0.0
    path = tmp_path / "keys.json"
    key = f"Bearer {add_key(path, 'app')}"
    door = Doorkeeper(path, LIMITS, clock=lambda: now)
    for _ in range(120):
        door.admit(key)
    with pytest.raises(ProblemError, match="120 times a minute") as refused:
        door.admit(key)
    assert (refused.value.status, refused.value.headers) == (429, {"Retry-After": "1"})
    now = 1.0
    door.admit(key)
    door.admit(key)
    with pytest.raises(ProblemError):
        door.admit(key)


def test_a_key_has_limits_of_its_own_within_those_of_the_service():
    small = Key("app", "0" * 64, max_megabytes=1, max_megapixels=500).limits(LIMITS)
    assert small.max_bytes == 1 << 20
    assert small.max_pixels == LIMITS.max_pixels


def test_a_key_that_is_taken_out_of_the_file_is_refused_at_once(tmp_path):
    path = tmp_path / "keys.json"
    first, second = add_key(path, "first"), add_key(path, "second")
    door = Doorkeeper(path, LIMITS)
    door.admit(f"Bearer {first}")
    left = [key for key in json.loads(path.read_text())["keys"] if key["name"] == "second"]
    path.with_suffix(".new").write_text(json.dumps({"keys": left}))
    path.with_suffix(".new").replace(path)
    with pytest.raises(ProblemError, match="a valid API key is needed"):
        door.admit(f"Bearer {first}")
    door.admit(f"Bearer {second}")


def test_files_of_keys_that_protect_nothing_are_refused(tmp_path):
    path = tmp_path / "keys.json"
    with pytest.raises(SettingsError, match="--new-key NAME makes one"):
        Doorkeeper(path, LIMITS).check()
    path.write_bytes(KeyFile().to_json())
    with pytest.raises(SettingsError, match="has no keys"):
        Doorkeeper(path, LIMITS).check()
    add_key(path, "app")
    with pytest.raises(SettingsError, match="has a key named app"):
        add_key(path, "app")


@pytest.mark.parametrize("host", ["192.0.2.1", "::", "fruit.example"])
def test_other_machines_are_let_in_by_keys_alone(host, tmp_path):
    with pytest.raises(SettingsError, match="--keys FILE"):
        ServiceSettings("lake", "fruits", host=host)
    ServiceSettings("lake", "fruits", host=host, keys=tmp_path)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.8.8.8"])
def test_this_machine_needs_none(host):
    assert ServiceSettings("lake", "fruits", host=host).keys is None
