"""The service, listening."""

from __future__ import annotations

import logging

import uvicorn

from verger.serving.app import create_app
from verger.serving.heads import heads_within
from verger.serving.settings import ServiceSettings

log = logging.getLogger("verger")
# Requests that are being answered when it is told to stop have so long.
LAST_SECONDS = 15
KEEP_ALIVE_SECONDS = 30


def serve(settings: ServiceSettings) -> None:
    """Answer until told to stop. Raises VergerError if it cannot start as it is set up."""
    app = create_app(settings)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    log.info("http://%s:%d", host, settings.port)
    uvicorn.run(
        app,
        http=heads_within(settings.patience.body),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=LAST_SECONDS,
    )
