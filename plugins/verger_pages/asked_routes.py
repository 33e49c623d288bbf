"""The addresses where somebody asks: the only ones that take anything from a browser."""

from __future__ import annotations

import asyncio

from fastapi import HTTPException, Request, Response

from verger_pages.answering import answer
from verger_pages.asking import router as for_those_who_may

router = for_those_who_may()


@router.get("/identify")
def identify_page(request: Request) -> Response:
    """Where a photograph is chosen."""
    from verger_pages.identify import page

    return answer(request, page())


@router.post("/identify")
async def identify(request: Request) -> Response:
    """What the service says of the photograph in the body."""
    from verger_pages.identify import RefusedError, ServiceAddress, answered, refused

    # Other sites' forms carry the cookie along, but can send no header of their own.
    if request.headers.get("x-verger") != "identify":
        raise HTTPException(403, "this is asked by our own page alone")
    photograph = await _bounded(request)
    try:
        told = await asyncio.to_thread(ServiceAddress.from_airflow().ask, photograph)
    except RefusedError as error:
        return answer(request, refused(error))
    return answer(request, answered(told))


async def _bounded(request: Request) -> bytes:
    """The body. Raises HTTPException as soon as it is too large."""
    from verger_pages.identify import MOST_BYTES

    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > MOST_BYTES:
            raise HTTPException(413, f"a photograph has at most {MOST_BYTES >> 20} MB")
    return bytes(content)
