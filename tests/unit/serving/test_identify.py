"""verger serve answers photographs by HTTP, as `verger identify` answers them."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys

import numpy as np
import requests
from PIL import Image

from tests.places import REPOSITORY
from tests.service import service
from verger.cli.main import main


def test_it_starts_in_less_than_three_seconds_and_is_ready_with_the_published_model(running):
    assert running.seconds < 3
    told = running.get("/health/ready")
    assert (told.status_code, told.json()["model"]) == (200, "m")


def test_a_photograph_in_a_form_is_answered_as_by_the_command_line(running, taught, capsys):
    lake, photographs = taught
    told = running.identify(photographs[0].read_bytes())
    assert told.status_code == 200
    assert told.headers["content-type"] == "application/json"
    assert main(["identify", "--lake", str(lake), "--json", str(photographs[0])]) == 0
    expected = json.loads(capsys.readouterr().out)
    for name in ("model", "status", "best_match", "best_level", "results", "explanation"):
        assert told.json()[name] == expected[name]


def test_the_bytes_alone_are_answered_too(running, taught):
    photograph = taught[1][0]
    told = requests.post(
        f"{running.address}/v1/identify", data=photograph.read_bytes(), timeout=60
    ).json()
    assert told["best_match"] == photograph.parent.name
    assert told["views"] == 1
    assert 0 < told["elapsed_ms"] < 60_000


def test_several_photographs_are_views_of_one_fruit(running, taught):
    views = [path for path in taught[1] if path.parent == taught[1][0].parent][:3]
    told = running.identify(*(path.read_bytes() for path in views)).json()
    assert (told["views"], told["best_match"]) == (3, views[0].parent.name)


def test_an_answer_says_what_the_photograph_is_like(running, taught):
    image = Image.open(taught[1][0])
    dark = image.resize((400, 300)).point(lambda value: value // 8)
    packed = io.BytesIO()
    dark.save(packed, "JPEG", quality=90)
    sharp = running.identify(taught[1][0].read_bytes()).json()["photo"]
    poor = running.identify(packed.getvalue()).json()["photo"]
    assert (poor["width"], poor["height"]) == (400, 300)
    assert poor["bytes"] == len(packed.getvalue())
    assert poor["darkness"] > 0.8 > 0.5 > sharp["darkness"]
    assert poor["blur"] > sharp["blur"]


def test_similar_photographs_have_an_address_and_whose_they_are(taught):
    with service(taught[0], "--attribution", "drawn by Verger") as started:
        (first, *_) = started.identify(taught[1][0].read_bytes()).json()["similar_images"]
    assert first["url"] == f"/v1/photographs/{first['photo']}"
    assert first["attribution"] == "drawn by Verger"


def test_noise_is_rejected_with_the_threshold(running):
    pixels = np.random.default_rng(0).integers(0, 256, (100, 100, 3), np.uint8)
    packed = io.BytesIO()
    Image.fromarray(pixels).save(packed, "PNG")
    told = running.identify(packed.getvalue())
    answer = told.json()
    assert (told.status_code, answer["status"]) == (200, "rejected")
    assert answer["reason"].startswith("I don't know")
    assert answer["distance"] > answer["threshold"] > 0


def test_what_is_no_photograph_gets_a_problem_document(running):
    told = running.identify(b"no photograph")
    assert (told.status_code, told.headers["content-type"]) == (415, "application/problem+json")
    assert told.json()["status"] == 415
    assert told.json()["type"] == "urn:verger:problem:not-an-image"


def test_nothing_sent_says_what_to_send(running):
    told = requests.post(f"{running.address}/v1/identify", timeout=60)
    assert told.status_code == 400
    assert "field `photo`" in told.json()["detail"]
    assert running.get("/nowhere").json()["status"] == 404


def test_without_a_model_it_waits_and_says_so(tmp_path):
    with service(tmp_path) as started:
        assert started.get("/health/live").ok
        told = started.get("/health/ready")
        asked = started.identify(b"x")
    assert told.status_code == asked.status_code == 503
    assert "run the pipeline and publish it first" in told.json()["detail"]


def test_the_client_of_the_readme_gets_an_answer(running, taught):
    text = (REPOSITORY / "README.md").read_text()
    (client,) = [code for code in re.findall(r"```python\n(.*?)```", text, re.S) if "/v1/" in code]
    code = client.replace("http://127.0.0.1:8000", running.address)
    told = subprocess.check_output([sys.executable, "-c", code, str(taught[1][0])], text=True)
    assert told.startswith(f"{taught[1][0].parent.name} ")


LOADED = """
import sys
from verger.serving import server, worker
heavy = {"pyspark", "airflow", "py4j"}
print(sorted(heavy & {name.split(".")[0] for name in sys.modules}))
"""


def test_neither_spark_nor_airflow_is_imported():
    done = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_off_loopback_it_wants_keys(tmp_path, caplog):
    assert main(["serve", "--lake", str(tmp_path), "--host", "192.0.2.1"]) == 1
    assert "--keys FILE" in caplog.text
