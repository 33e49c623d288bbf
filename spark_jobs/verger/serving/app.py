"""The service's routes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus

import msgspec
from fastapi import FastAPI, Request, Response
from pebble import ProcessExpired

from verger.config.settings import ImageLimits
from verger.serving.bodies import Budget
from verger.serving.examples import DESCRIPTION, IDENTIFY_BODY, REPLY
from verger.serving.follower import Follower
from verger.serving.generation import BrokenPoolError, Generation
from verger.serving.headers import Guard
from verger.serving.keys import Doorkeeper
from verger.serving.metrics import Metrics
from verger.serving.photographs import Sent, read_photographs
from verger.serving.problems import ProblemError, documented, of_refusal, tell_problems
from verger.serving.reply import Refusal, Reply
from verger.serving.settings import Limits, ServiceSettings

JSON = "application/json"


@dataclass(frozen=True)
class Service:
    """What the routes share."""

    settings: ServiceSettings
    follower: Follower
    door: Doorkeeper
    budget: Budget
    metrics: Metrics

    @property
    def generation(self) -> Generation:
        """The processes of the published model. Raises ProblemError if there is none."""
        if self.follower.generation is None:
            raise ProblemError(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "no-model",
                self.follower.trouble or "the model is being loaded",
                {"Retry-After": "5"},
            )
        return self.follower.generation

    def admit(self, request: Request) -> Limits:
        """What a request may ask for."""
        return self.door.admit(request.headers.get("authorization", ""))

    async def answer(self, sent: Sent, limits: Limits) -> Reply:
        """The reply about what was sent. Raises ProblemError if there is none."""
        seconds = self.settings.patience.answer
        try:
            told = await self._told(sent, limits)
        except TimeoutError:
            raise ProblemError(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "takes-too-long",
                f"the photograph was not read within {seconds:g} seconds: send a plain JPEG",
            ) from None
        except ProcessExpired:
            raise ProblemError(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "unreadable",
                "the photograph cannot be decoded: send a plain JPEG",
            ) from None
        if isinstance(told, Refusal):
            raise of_refusal(told, len(sent.photographs))
        return told

    async def _told(self, sent: Sent, limits: Limits) -> Reply | Refusal:
        images = ImageLimits(limits.max_pixels, limits.max_bytes)
        seconds = self.settings.patience.answer
        try:
            return await self.generation.identify(sent.photographs, images, seconds)
        except BrokenPoolError:  # processes ended that had nothing to do: for want of memory, say
            await self.follower.look()
            return await self.generation.identify(sent.photographs, images, seconds)


def create_app(settings: ServiceSettings) -> FastAPI:
    """The service as an ASGI app. Raises VergerError if the file of keys cannot be used."""
    door = Doorkeeper(settings.keys, settings.limits)
    door.check()
    service = Service(settings, Follower(settings), door, Budget(), Metrics())

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
    app.add_middleware(Guard, metrics=service.metrics, loopback=settings.is_loopback)
    _add_answers(app, service)
    _add_health(app, service)
    return app


def _add_answers(app: FastAPI, service: Service) -> None:
    @app.post(
        "/v1/identify",
        summary="What fruit is this?",
        response_model=Reply,
        responses={
            200: {"content": {JSON: {"example": REPLY}}},
            **documented(400, 401, 408, 413, 415, 422, 429, 503),
        },
        openapi_extra={"requestBody": IDENTIFY_BODY},
    )
    async def identify(request: Request) -> Response:
        """A photograph as the body, or one or several views of one fruit in the field `photo`."""
        started = time.perf_counter()
        limits = service.admit(request)
        with service.budget.share() as share:
            try:
                sent = await read_photographs(
                    request, limits, service.settings.patience.body, share
                )
                reply = await service.answer(sent, limits)
            except ProblemError as problem:
                service.metrics.rejections.labels(problem.name).inc()
                raise
        service.metrics.answered(reply)
        elapsed = round(1000 * (time.perf_counter() - started), 1)
        return Response(msgspec.json.encode(replace(reply, elapsed_ms=elapsed)), media_type=JSON)


def _add_health(app: FastAPI, service: Service) -> None:
    @app.get("/health/live", summary="Whether the service runs")
    async def live() -> dict[str, str]:
        return {"status": "live"}

    @app.get("/health/ready", summary="Whether a model answers", responses=documented(503))
    async def ready() -> dict[str, str]:
        model = service.generation.model.id
        return {"status": "ready", "model": model, "trouble": service.follower.trouble}

    @app.get("/metrics", summary="Counters for Prometheus", response_class=Response)
    async def metrics(request: Request) -> Response:
        service.admit(request)
        service.metrics.changes.set(service.follower.changes)
        if service.follower.generation:
            model = service.follower.generation.model
            service.metrics.model.info({"id": model.id, "run": model.run_id})
        return Response(service.metrics.exposed(), media_type="text/plain; version=0.0.4")
