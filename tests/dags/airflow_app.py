"""Airflow's own FastAPI app with our plugin, and people who ask it."""

from __future__ import annotations

import os
from collections.abc import Mapping

from fastapi.testclient import TestClient

PEOPLE: Mapping[str, str | None] = {"ada": "admin", "vera": "viewer", "noel": None}


def client(lake: str) -> TestClient:
    """Airflow's web server over a lake, for strangers until `login` says otherwise."""
    os.environ["AIRFLOW_VAR_VERGER_LAKE"] = lake
    from airflow.api_fastapi.app import create_app
    from airflow.utils.db import initdb

    initdb()
    return TestClient(create_app(apps="core"))


def login(name: str, seconds: int = 3600) -> dict[str, str]:
    """The cookie of somebody who has logged in, for so long; less than nothing: it is over."""
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    who = SimpleAuthManagerUser(username=name, role=PEOPLE[name])
    token = get_auth_manager().generate_jwt(who, expiration_time_in_seconds=seconds)
    return {"Cookie": f"_token={token}"}
