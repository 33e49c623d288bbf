"""Photographs that users leave with their own answer, so that the collection grows.

    <landing>/feedback/<date>/<id>.jpg and <id>.json

No run takes them (see `catalogue.keys`) until somebody of the team has looked and moved one into a
category's folder.
"""

from __future__ import annotations

import asyncio
import hashlib
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus

from fastapi import FastAPI, Request

from verger.catalogue.keys import FEEDBACK
from verger.documents import Document
from verger.objects.addresses import open_storage
from verger.serving.examples import FEEDBACK_BODY
from verger.serving.photographs import Sent
from verger.serving.problems import ProblemError, documented
from verger.serving.service import Service

MOST_LETTERS = 100
CONSENT = "yes"


@dataclass(frozen=True)
class Feedback(Document):
    """What a user says of a photograph: its label; and what the model had said."""

    label: str
    model: str
    answered: str
    received: str


@dataclass(frozen=True)
class Kept:
    """Where it was kept, below the landing bucket."""

    key: str


def add_feedback(app: FastAPI, service: Service) -> None:
    """Add the route to the app."""

    @app.post(
        "/v1/feedback",
        status_code=HTTPStatus.CREATED,
        summary="Keep a photograph with the user's own answer",
        responses=documented(400, 401, 404, 408, 413, 415, 422, 429, 503),
        openapi_extra={"requestBody": FEEDBACK_BODY},
    )
    async def feedback(request: Request) -> Kept:
        """With `consent=yes` only. Of the file nothing but the pixels is kept: no place, no camera,
        no name.
        """
        limits = service.admit(request)
        if service.settings.feedback is None:
            raise ProblemError(
                HTTPStatus.NOT_FOUND, "no-feedback", "no feedback is taken here: see --feedback"
            )
        with service.budget.share() as share:
            sent = await service.read(request, limits, share)
            said = _said(sent, service.generation.model.id)
            pixels = await service.cleaned(sent, limits)
        key = await asyncio.to_thread(_keep, service.settings.feedback, said, pixels)
        return Kept(key)


def _said(sent: Sent, model: str) -> Feedback:
    if sent.fields.get("consent") != CONSENT:
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "consent",
            f"photographs are kept with their users' consent alone: send consent={CONSENT}",
        )
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Feedback(_name(sent, "label"), model, _name(sent, "answered", needed=False), now)


def _name(sent: Sent, field: str, *, needed: bool = True) -> str:
    """A name as labels are: it may come to be that of a folder."""
    name = " ".join(unicodedata.normalize("NFC", sent.fields.get(field, "")).split())
    fits = name.isprintable() and "/" not in name and not name.startswith(".")
    if not fits or len(name) > MOST_LETTERS or (needed and not name):
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "name",
            f"{field}: send a name of at most {MOST_LETTERS} letters, without slashes",
        )
    return name


def _keep(landing: str, said: Feedback, pixels: bytes) -> str:
    name = hashlib.sha256(pixels).hexdigest()[:32]
    key = f"{FEEDBACK}/{said.received[:10]}/{name}"
    storage = open_storage(landing)
    storage.write(f"{key}.jpg", pixels)
    storage.write(f"{key}.json", said.to_json())
    return f"{key}.jpg"
