"""The phone page: plain files, served as they are."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse
from starlette.staticfiles import StaticFiles

from verger.serving.service import Service

PAGE = Path(__file__).with_name("page")
# A page that is installed asks each time whether there is a newer one; the answer is mostly no.
ASK_AGAIN = {"Cache-Control": "no-cache"}


def add_pages(app: FastAPI, service: Service) -> None:  # noqa: ARG001  as the other routes
    """Add the page to the app."""

    @app.get("/", include_in_schema=False)
    async def page() -> FileResponse:
        return FileResponse(PAGE / "index.html", headers=ASK_AGAIN)

    @app.get("/service-worker.js", include_in_schema=False)
    async def service_worker() -> FileResponse:
        """At the root, because it works for what lies below it."""
        return FileResponse(PAGE / "service-worker.js", headers=ASK_AGAIN)

    app.mount("/page", _Files(directory=PAGE))


class _Files(StaticFiles):
    def file_response(self, *args: object, **kwargs: object):  # type: ignore[no-untyped-def]
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers.update(ASK_AGAIN)
        return response
