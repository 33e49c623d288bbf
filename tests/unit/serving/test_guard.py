"""Browsers are told to be strict, and what other sites send is refused."""

from __future__ import annotations

import requests

from tests.service import service
from verger.serving.pages import PAGE


def test_every_response_is_strict(running):
    for path in ("/health/live", "/v1/identify", "/nowhere"):
        headers = running.get(path).headers
        policy = headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert "server" not in headers


def test_a_page_of_another_site_is_refused(running, taught):
    photograph = taught[1][0].read_bytes()
    foreign = running.identify(photograph, headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403
    assert running.identify(photograph, headers={"Origin": "null"}).status_code == 403
    assert running.identify(photograph, headers={"Origin": running.address}).status_code == 200


def test_without_keys_another_name_is_refused(running):
    assert running.get("/health/live", headers={"Host": "evil.example"}).status_code == 421


def test_with_keys_a_proxy_may_give_it_a_name(taught, monkeypatch):
    monkeypatch.setenv("VERGER_API_KEY", "verger_key")
    named = {"Host": "fruit.example", "Authorization": "Bearer verger_key"}
    photograph = taught[1][0].read_bytes()
    with service(taught[0]) as started:
        ours = started.identify(photograph, headers={**named, "Origin": "https://fruit.example"})
        foreign = started.identify(photograph, headers={**named, "Origin": "https://evil.example"})
    assert (ours.status_code, foreign.status_code) == (200, 403)


def test_a_browser_gets_the_very_scripts_that_were_checked(running):
    for script in PAGE.glob("*.js"):
        below = "/" if script.name == "service-worker.js" else "/page/"
        assert running.get(below + script.name).content == script.read_bytes()


def test_openapi_describes_what_is_answered(running):
    told = requests.get(f"{running.address}/openapi.json", timeout=60).json()
    operation = told["paths"]["/v1/identify"]["post"]
    example = operation["responses"]["200"]["content"]["application/json"]["example"]
    known = told["components"]["schemas"]["Reply"]["properties"]
    assert set(example) == set(known)
    assert "application/problem+json" in operation["responses"]["413"]["content"]
    assert "multipart/form-data" in operation["requestBody"]["content"]
