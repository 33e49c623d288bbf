"""Airflow's plugin: pages about what was learnt, and a tab for every run of `fruit_features`.

Loaded by every component of Airflow, so it imports no more than it must. Plugin apps answer
strangers by default: every route here asks for a user who may see the DAG.
"""

from __future__ import annotations

from airflow.api_fastapi.core_api.security import get_user, requires_access_dag
from airflow.plugins_manager import AirflowPlugin
from fastapi import Depends, FastAPI, Request, Response

from verger.errors import VergerError
from verger_pages import asked_routes, drawn_routes, routes
from verger_pages.answering import answer, refusal
from verger_runs import one_writer

app = FastAPI(
    title="Verger",
    dependencies=[Depends(get_user)],
    docs_url=None,
    redoc_url=None,
    openapi_url=None,
)
app.include_router(routes.router)
app.include_router(asked_routes.router)
app.include_router(drawn_routes.router)


@app.get(
    "/run/{dag_id}/{run_id}",
    dependencies=[Depends(requires_access_dag(method="GET"))],
)
def run_page(request: Request, dag_id: str, run_id: str) -> Response:
    """The page of one run."""
    from verger_pages.run_page import page

    return answer(request, page(dag_id, run_id))


@app.exception_handler(VergerError)
def refused(request: Request, error: VergerError) -> Response:
    """What cannot be shown, with what to do about it."""
    return refusal(request, error)


class VergerPages(AirflowPlugin):
    """One entry in the navigation, with a menu of its own, and a tab of a run."""

    name = "verger_pages"
    fastapi_apps = [{"app": app, "url_prefix": "/verger", "name": "Verger"}]  # noqa: RUF012
    fastapi_root_middlewares = one_writer.middlewares()
    external_views = [  # noqa: RUF012  as Airflow declares them
        # Addresses are relative to Airflow's own, which may have a path.
        {
            "name": "Orchard",
            "href": "verger/orchard",
            "destination": "nav",
            "url_route": "verger",
        },
        {
            "name": "Orchard",
            "href": "verger/orchard",
            "destination": "dag",
            "url_route": "verger-orchard",
        },
        {
            "name": "Plan and result",
            "href": "verger/run/{DAG_ID}/{RUN_ID}",
            "destination": "dag_run",
            "url_route": "verger-run",
        },
    ]
