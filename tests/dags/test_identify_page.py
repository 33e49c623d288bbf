"""Identify in Airflow: photographs travel through Airflow's web server to the real service."""

import re

import pytest

from tests.dags.airflow_app import client, login
from tests.unit.serving.conftest import SEASON, running, taught  # noqa: F401  fixtures
from tests.unit.serving.test_bounds import bomb

OURS = {"X-Verger": "identify", "Content-Type": "application/octet-stream"}


@pytest.fixture(scope="module")
def airflow(taught):  # noqa: F811
    """Airflow's web server over the lake of the model that answers."""
    return client(str(taught[0]))


@pytest.fixture
def ask(airflow, monkeypatch):
    """Asks the service at an address about a photograph, as a viewer."""

    def asked(service, photograph, headers=OURS):
        monkeypatch.setenv("AIRFLOW__VERGER__SERVICE", service)
        everything = {**login("vera"), **headers}
        return airflow.post("/verger/identify", content=photograph, headers=everything)

    return asked


def test_a_photograph_gets_its_fruit_with_what_spoke_for_it_and_what_is_alike(ask, running, taught):  # noqa: F811
    photograph = taught[1][0]
    said = ask(running.address, photograph.read_bytes()).text
    assert f"<h2>{photograph.parent.name}</h2>" in said
    assert said.count('<th scope="row">') == 5
    pictures = re.findall(r'src="picture/[0-9a-f]{32}/small"', said)
    assert len(pictures) == 6  # three by texture, three by colour
    assert re.search(r'<template id="boxes">\[\[[\d.]+, ', said)


def test_what_the_service_refuses_is_told_in_its_words(ask, running):  # noqa: F811
    said = ask(running.address, b"no photograph").text
    assert "No answer" in said
    assert "no known image format" in said


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"all work and no play " * (19 << 20 // 21), "no known image format"),
        (b"<svg><script>alert(1)</script></svg>", "a text such as HTML or SVG"),
        (b"<script>alert(1)</script>", "a text such as HTML or SVG"),
        (b"\xff\xd8" + b"\xff" * 4000, ""),
        (bomb(20_000, 20_000), "pixels"),
    ],
    ids=["text", "svg", "html", "half", "bomb"],
)
def test_what_is_no_photograph_gets_a_clear_answer_without_any_markup_of_its_own(
    ask,
    running,  # noqa: F811
    content,
    told,
):
    answer = ask(running.address, content)
    assert answer.status_code == 200  # a part of the page that says why
    assert "No answer" in answer.text
    assert told in answer.text
    assert "<script" not in answer.text
    assert "script-src 'self'" in answer.headers["content-security-policy"]


def test_a_photograph_that_is_a_page_too_is_a_photograph_alone(ask, running, taught):  # noqa: F811
    photograph = taught[1][0]
    said = ask(running.address, photograph.read_bytes() + b"<script>alert(1)</script>").text
    assert f"<h2>{photograph.parent.name}</h2>" in said
    assert "<script" not in said


def test_names_and_facts_of_the_team_come_with_the_answer(ask, running, taught):  # noqa: F811
    said = ask(running.address, taught[1][0].read_bytes()).text
    assert SEASON in said
    assert "the team&#39;s facts.csv" in said


def test_without_a_service_the_page_says_how_to_start_one(ask):
    assert "start it with `make serve`" in ask("http://127.0.0.1:9", b"x").text


def test_a_page_elsewhere_cannot_ask_with_somebodys_cookie(ask, running, taught):  # noqa: F811
    plain = {"Content-Type": "text/plain"}
    answer = ask(running.address, taught[1][0].read_bytes(), headers=plain)
    assert answer.status_code == 403


def test_more_than_a_photograph_is_not_read(ask):
    assert ask("http://127.0.0.1:9", bytes((20 << 20) + 1)).status_code == 413


def test_nobody_asks_without_a_login_that_lasts(airflow):
    assert airflow.post("/verger/identify", content=b"x", headers=OURS).status_code == 401
    over = {**login("vera", seconds=-60), **OURS}
    assert airflow.post("/verger/identify", content=b"x", headers=over).status_code == 401
    noel = {**login("noel"), **OURS}
    assert airflow.post("/verger/identify", content=b"x", headers=noel).status_code == 403
