"""The photographs in a request: the fields `photo` of a form, or the body itself."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from verger.serving.bodies import Share, in_pieces, read_body
from verger.serving.problems import ProblemError
from verger.serving.settings import Limits

FIELD = "photo"
MULTIPART = "multipart/form-data"
MOST_FIELDS = 10


class _InMemory(MultiPartParser):
    """Never on disk: the body is bounded, and in memory already."""

    spool_max_size = 1 << 40


@dataclass(frozen=True)
class Sent:
    """What was sent: photographs, and the other fields of the form."""

    photographs: list[bytes]
    fields: dict[str, str]


async def read_photographs(request: Request, limits: Limits, seconds: float, share: Share) -> Sent:
    """Everything that a request sends. Raises ProblemError if there is no photograph in it."""
    body = await read_body(request, limits.max_bytes, seconds, share)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != MULTIPART:
        if not body:
            raise _none()
        return Sent([body], {})
    form = await _form(request, body, limits)
    photographs = [
        await value.read() for value in form.getlist(FIELD) if isinstance(value, UploadFile)
    ]
    if not photographs:
        raise _none()
    fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    return Sent(photographs, fields)


async def _form(request: Request, body: bytes, limits: Limits) -> FormData:
    parser = _InMemory(
        request.headers,
        in_pieces(body),
        max_files=limits.max_views,
        max_fields=MOST_FIELDS,
    )
    try:
        return await parser.parse()
    except (MultiPartException, KeyError) as error:
        said = getattr(error, "message", "no boundary")
        raise ProblemError(
            HTTPStatus.BAD_REQUEST,
            "form",
            f"the form cannot be read ({said}): send at most "
            f"{limits.max_views} files in the field `{FIELD}`",
        ) from error


def _none() -> ProblemError:
    return ProblemError(
        HTTPStatus.BAD_REQUEST,
        "no-photograph",
        f"there is no photograph in it: send a file in the form's field `{FIELD}`, or the bytes "
        "themselves as the body",
    )
