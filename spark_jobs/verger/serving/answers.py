"""The routes that answer: a photograph, what the model is, a known photograph."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus

import msgspec
from fastapi import FastAPI, Request, Response

from verger.errors import VergerError
from verger.serving.examples import IDENTIFY_BODY, REPLY
from verger.serving.problems import ProblemError, documented
from verger.serving.reply import Reply
from verger.serving.service import Service

JSON, JPEG = "application/json", "image/jpeg"


@dataclass(frozen=True)
class ModelInUse:
    """The model that answers: the labels that it knows, and its accuracy at each level.
    ``feedback``: whether the service keeps photographs whose users allow it.
    """

    model: str
    run: str
    published: str
    photographs: int
    labels: Sequence[str]
    accuracy: Mapping[str, float | None]
    feedback: bool


def add_answers(app: FastAPI, service: Service) -> None:
    """Add them to the app."""

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
                reply = await service.answer(await service.read(request, limits, share), limits)
            except ProblemError as problem:
                service.metrics.rejections.labels(problem.name).inc()
                raise
        service.metrics.answered(reply)
        elapsed = round(1000 * (time.perf_counter() - started), 1)
        return Response(msgspec.json.encode(replace(reply, elapsed_ms=elapsed)), media_type=JSON)

    @app.get("/v1/model", summary="Which model answers", responses=documented(401, 503))
    async def model(request: Request) -> ModelInUse:
        service.recognise(request)
        generation = service.generation
        of = generation.model
        return ModelInUse(
            of.id,
            of.run_id,
            of.published,
            of.photographs,
            generation.labels,
            of.accuracy,
            service.settings.feedback is not None,
        )

    @app.get(
        "/v1/photographs/{photo}",
        summary="A photograph that the model learnt from, small",
        response_class=Response,
        responses={200: {"content": {JPEG: {}}}, **documented(401, 404)},
    )
    async def photograph(request: Request, photo: str) -> Response:
        service.recognise(request)
        pictures = service.follower.pictures
        try:
            found = await asyncio.to_thread(pictures.picture, photo) if pictures else None
        except VergerError:  # the run that made the model has left no plan
            found = None
        if found is None:
            raise ProblemError(HTTPStatus.NOT_FOUND, "no-picture", "there is no such picture")
        kept = {"Cache-Control": "private, max-age=86400, immutable"}  # its id is its content
        return Response(found, media_type=JPEG, headers=kept)
