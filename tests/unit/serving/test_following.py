"""The service follows the published model, and loses no request over it."""

from __future__ import annotations

import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.service import service
from verger.lake import bundle
from verger.lake.registry import Published
from verger.objects.addresses import open_storage

PRESET = "fruits"


@pytest.fixture
def lake(taught, tmp_path):
    """A lake of its own, whose published model a test may change."""
    return shutil.copytree(taught[0], tmp_path / "lake")


def publish_again(lake, model_id: str, content: bytes | None = None) -> None:
    """The same model once more under another id, or a bundle of other bytes."""
    storage = open_storage(str(lake))
    current = Published.read(storage, PRESET).current
    files = bundle.load(storage, current)
    told = bundle.Settings.from_json(files[bundle.SETTINGS])
    renamed = {**files, bundle.SETTINGS: replace(told, model=model_id).to_json()}
    packed = bundle.pack(renamed) if content is None else content
    model = replace(current, id=model_id, bundle=bundle.digest(packed))
    storage.write(bundle.key_of(PRESET, model.bundle), packed)
    Published.change(storage, PRESET, lambda before: before.promoted(model, by=model_id))


def until_it_answers_by(asked, model_id: str) -> None:
    while asked.get("/health/ready").json().get("model") != model_id:
        time.sleep(0.1)


def test_a_new_model_and_a_rollback_are_taken_while_nobody_loses_an_answer(taught, lake):
    photograph = taught[1][0].read_bytes()
    models: list[tuple[int, str]] = []
    done = False

    def ask(running) -> None:
        while not done:
            told = running.identify(photograph)
            models.append((told.status_code, told.json().get("model", "")))

    with service(lake) as running, ThreadPoolExecutor(3) as clients:
        asking = [clients.submit(ask, running) for _ in range(3)]
        try:
            publish_again(lake, "n")
            until_it_answers_by(running, "n")
            storage = open_storage(str(lake))
            Published.change(storage, PRESET, lambda now: now.rolled_back("m", by="back"))
            until_it_answers_by(running, "m")
        finally:
            done = True
        for one in asking:
            one.result()
    assert {status for status, _ in models} == {200}
    assert {model for _, model in models} == {"m", "n"}


def test_a_bundle_that_cannot_be_loaded_leaves_the_model_in_use(taught, lake):
    with service(lake) as running:
        publish_again(lake, "broken", bundle.pack({bundle.SETTINGS: b"{}"}))
        while not (told := running.get("/health/ready").json())["trouble"]:
            time.sleep(0.1)
        assert told["model"] == "m"
        assert "the bundle of model broken cannot be loaded" in told["trouble"]
        assert running.identify(taught[1][0].read_bytes()).json()["model"] == "m"


def test_a_service_that_waited_takes_the_first_model_that_is_published(taught, lake, tmp_path):
    late = tmp_path / "late"
    late.mkdir()
    with service(late) as running:
        assert running.get("/health/ready").status_code == 503
        shutil.copytree(lake / "models", late / "models")
        until_it_answers_by(running, "m")
        assert running.identify(taught[1][0].read_bytes()).status_code == 200


def test_prometheus_is_told_what_happened(taught, lake):
    photograph = taught[1][0]
    with service(lake) as running:
        running.identify(photograph.read_bytes())
        running.identify(b"no photograph")
        told = running.get("/metrics").text
    assert f'verger_answers_total{{label="{photograph.parent.name}",status="ok"}} 1.0' in told
    assert 'verger_rejections_total{reason="not-an-image"} 1.0' in told
    assert 'verger_requests_total{path="/v1/identify",status="415"} 1.0' in told
    assert 'verger_request_seconds_count{path="/v1/identify"} 2.0' in told
    assert 'verger_model_info{id="m"' in told
