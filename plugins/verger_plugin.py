"""Airflow's plugin: a page for every run of `fruit_features`, with its plan and its result.

Loaded by every component of Airflow, so it imports no more than it must. Plugin apps answer
strangers by default: every route here asks for a user who may see the DAG.
"""

from __future__ import annotations

from airflow.api_fastapi.core_api.security import get_user, requires_access_dag
from airflow.plugins_manager import AirflowPlugin
from fastapi import Depends, FastAPI
from fastapi.responses import HTMLResponse

app = FastAPI(
    title="Verger",
    dependencies=[Depends(get_user)],
    docs_url=None,
    redoc_url=None,
    openapi_url=None,
)


@app.get(
    "/run/{dag_id}/{run_id}",
    response_class=HTMLResponse,
    dependencies=[Depends(requires_access_dag(method="GET"))],
)
def run_page(dag_id: str, run_id: str) -> str:
    """The page of one run."""
    from verger_pages.run_page import page

    return page(dag_id, run_id)


class VergerPages(AirflowPlugin):
    """The page as a tab of a run."""

    name = "verger_pages"
    fastapi_apps = [{"app": app, "url_prefix": "/verger", "name": "Verger"}]  # noqa: RUF012
    external_views = [  # noqa: RUF012  as Airflow declares them
        {
            "name": "Plan and result",
            # Relative to Airflow's own address, which may have a path.
            "href": "verger/run/{DAG_ID}/{RUN_ID}",
            "destination": "dag_run",
            "url_route": "verger-run",
        }
    ]
