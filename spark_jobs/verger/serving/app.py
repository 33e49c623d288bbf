"""The service as an ASGI app."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from verger.serving.answers import add_answers
from verger.serving.examples import DESCRIPTION
from verger.serving.feedback import add_feedback
from verger.serving.headers import Guard
from verger.serving.health import add_health
from verger.serving.pages import add_pages
from verger.serving.problems import tell_problems
from verger.serving.service import Service
from verger.serving.settings import ServiceSettings


def create_app(settings: ServiceSettings) -> FastAPI:
    """The app. Raises VergerError if the file of keys cannot be used."""
    service = Service.of(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await service.follower.look()
        following = asyncio.create_task(service.follower.follow())
        yield
        following.cancel()
        await service.follower.close()

    # The pages of Swagger and ReDoc come from elsewhere; the document itself is enough.
    app = FastAPI(
        title="Verger",
        description=DESCRIPTION,
        version="1",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    tell_problems(app)
    app.add_middleware(Guard, metrics=service.metrics, by_its_names=settings.is_open)
    for add in (add_answers, add_feedback, add_health, add_pages):
        add(app, service)
    return app
