"""Feedback: what users allow is kept, and no run takes it before somebody has looked at it."""

from __future__ import annotations

import json

import pytest
import requests

from tests.plans import published_model
from tests.service import service
from verger.catalogue.ignored import count_ignored
from verger.catalogue.keys import is_photograph
from verger.objects.addresses import open_storage

KEPT = {"label": "Pomme Châtaignier", "answered": "Apple Gala", "consent": "yes"}


@pytest.fixture(scope="module")
def open_to_feedback(taught, tmp_path_factory):
    """A service that takes feedback, and the landing bucket."""
    landing = tmp_path_factory.mktemp("landing")
    with service(taught[0], "--feedback", str(landing)) as running:
        yield running, landing


def leave(running, photograph: bytes, **fields: str) -> requests.Response:
    files = {"photo": ("../../x.jpg", photograph)}
    return requests.post(f"{running.address}/v1/feedback", files=files, data=fields, timeout=60)


def test_a_photograph_is_kept_with_what_its_user_says(open_to_feedback, taught):
    running, landing = open_to_feedback
    told = leave(running, taught[1][0].read_bytes(), **KEPT)
    assert told.status_code == 201
    key = told.json()["key"]
    assert key.startswith("feedback/20")
    assert (landing / key).read_bytes().startswith(b"\xff\xd8")
    said = json.loads((landing / key).with_suffix(".json").read_text())
    assert said["label"] == KEPT["label"]
    assert said["model"] == published_model().id


def test_it_is_kept_once_and_taken_by_no_run(open_to_feedback, taught):
    running, landing = open_to_feedback
    first, again = (leave(running, taught[1][1].read_bytes(), **KEPT).json() for _ in range(2))
    assert first == again
    listing = list(open_storage(str(landing)).list())
    assert listing
    assert not any(is_photograph(item.key) for item in listing)
    (reason,) = count_ignored(listing)
    assert reason.startswith("feedback of users")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"consent": ""}, "consent=yes"),
        ({"label": ""}, "at most 100 letters"),
        ({"label": "../Apple"}, "without slashes"),
        ({"label": "x" * 101}, "at most 100 letters"),
        ({"label": "Apple\x1b[2J"}, "at most 100 letters"),
    ],
)
def test_without_consent_or_with_an_impossible_name_nothing_is_kept(
    open_to_feedback, taught, wrong, words
):
    running, landing = open_to_feedback
    before = sorted(landing.rglob("*"))
    told = leave(running, taught[1][2].read_bytes(), **{**KEPT, **wrong})
    assert told.status_code == 422
    assert words in told.json()["detail"]
    assert sorted(landing.rglob("*")) == before


def test_what_is_no_photograph_is_not_kept(open_to_feedback):
    running, landing = open_to_feedback
    before = sorted(landing.rglob("*"))
    assert leave(running, b"<svg/>", **KEPT).status_code == 415
    assert sorted(landing.rglob("*")) == before


def test_where_none_is_taken_it_says_so(running, taught):
    assert leave(running, taught[1][0].read_bytes(), **KEPT).status_code == 404
    assert running.get("/v1/model").json()["feedback"] is False


def test_a_page_of_another_site_cannot_leave_anything(open_to_feedback, taught):
    running, _ = open_to_feedback
    files = {"photo": ("x.jpg", taught[1][0].read_bytes())}
    told = requests.post(
        f"{running.address}/v1/feedback",
        files=files,
        data=KEPT,
        headers={"Origin": "https://evil.example"},
        timeout=60,
    )
    assert told.status_code == 403
