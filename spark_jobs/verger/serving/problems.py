"""Whatever goes wrong is told as a problem document (RFC 9457), in words that say what to do."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from verger.serving.reply import Refusal

log = logging.getLogger("verger")
MEDIA_TYPE = "application/problem+json"
# The status of each reason why a photograph cannot be read.
_UNREADABLE = {
    "empty": HTTPStatus.UNPROCESSABLE_ENTITY,
    "too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "not_an_image": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "unsupported": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "truncated": HTTPStatus.UNPROCESSABLE_ENTITY,
    "damaged": HTTPStatus.UNPROCESSABLE_ENTITY,
}


class ProblemError(Exception):
    """A request that gets no answer: status, what is wrong, and a short name to count it by."""

    def __init__(
        self, status: int, name: str, detail: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.name = name
        self.detail = detail
        self.headers = headers

    def response(self) -> Response:
        """The problem as a document."""
        told = {
            "type": f"urn:verger:problem:{self.name}",
            "title": HTTPStatus(self.status).phrase,
            "status": int(self.status),
            "detail": self.detail,
        }
        content = msgspec.json.encode(told)
        return Response(content, self.status, self.headers, media_type=MEDIA_TYPE)


def of_refusal(refusal: Refusal, views: int) -> ProblemError:
    """The problem with a photograph that cannot be read."""
    which = f"photograph {refusal.photograph + 1} of {views}: " if views > 1 else ""
    status = _UNREADABLE.get(refusal.reason, HTTPStatus.UNPROCESSABLE_ENTITY)
    return ProblemError(status, refusal.reason.replace("_", "-"), f"{which}{refusal.detail}")


def tell_problems(app: FastAPI) -> None:
    """Let the app answer with documents, whatever happens."""

    async def ours(_: Request, error: Any) -> Response:
        return error.response()  # type: ignore[no-any-return]

    async def of_http(_: Request, error: Any) -> Response:
        problem = ProblemError(error.status_code, "http", str(error.detail), error.headers)
        return problem.response()

    async def unforeseen(_: Request, error: Exception) -> Response:
        log.error("a request failed", exc_info=error)
        return ProblemError(500, "fault", "a fault of the service's; its log says more").response()

    app.add_exception_handler(ProblemError, ours)
    app.add_exception_handler(HTTPException, of_http)
    app.add_exception_handler(Exception, unforeseen)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """These statuses as OpenAPI tells them."""
    schema = {
        "type": "object",
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
        },
    }
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": schema}},
        }
        for status in statuses
    }
