"""Identify in Airflow: photographs travel through Airflow's web server to the real service."""

import re

import pytest

from tests.dags.airflow_app import client, login
from tests.unit.serving.conftest import running, taught  # noqa: F401  fixtures

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


def test_without_a_service_the_page_says_how_to_start_one(ask):
    assert "start it with `make serve`" in ask("http://127.0.0.1:9", b"x").text


def test_a_page_elsewhere_cannot_ask_with_somebodys_cookie(ask, running, taught):  # noqa: F811
    plain = {"Content-Type": "text/plain"}
    answer = ask(running.address, taught[1][0].read_bytes(), headers=plain)
    assert answer.status_code == 403


def test_more_than_a_photograph_is_not_read(ask):
    assert ask("http://127.0.0.1:9", bytes((20 << 20) + 1)).status_code == 413


def test_nobody_asks_without_a_login(airflow):
    assert airflow.post("/verger/identify", content=b"x", headers=OURS).status_code == 401
    noel = {**login("noel"), **OURS}
    assert airflow.post("/verger/identify", content=b"x", headers=noel).status_code == 403
