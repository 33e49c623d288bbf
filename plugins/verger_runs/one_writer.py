"""Airflow's web server on SQLite: requests that write wait for their turn.

SQLite has one writer. A request that has written gives up its lock when the server's event loop
comes back to it; a second one that writes within the loop meanwhile (Airflow's audit log does)
holds up that loop, so each waits for the other until SQLite's time is up: a click on Trigger was
answered with an error after a minute in which nothing else was answered. PostgreSQL and MySQL lock
rows, and need none of this.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from airflow.configuration import conf

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

READING = frozenset({"GET", "HEAD", "OPTIONS"})
# What writes to Airflow's database; pages of ours read alone, and may take their time.
WRITERS = ("/api/", "/ui/", "/execution/")


class OneWriter:
    """An ASGI middleware that lets one writing request in at a time, to its very end."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._turn = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; its transactions have ended when this returns."""
        if not _writes(scope):
            await self._app(scope, receive, send)
            return
        # Who sends slowly, or never to the end, keeps nobody waiting.
        body = [await receive()]
        while body[-1].get("more_body"):
            body.append(await receive())

        async def again() -> Message:
            return body.pop(0) if body else await receive()

        async with self._turn:
            await self._app(scope, again, send)


def middlewares() -> list[dict[str, Any]]:
    """What this Airflow's database needs, as a plugin declares it: nothing, if not SQLite."""
    if not conf.get("database", "sql_alchemy_conn").startswith("sqlite"):
        return []
    return [{"name": "One writer", "middleware": OneWriter}]


def _writes(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] in READING:
        return False
    return any(part in scope["path"] for part in WRITERS)
