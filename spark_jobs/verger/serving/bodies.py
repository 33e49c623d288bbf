"""The bodies of requests, bounded before they are read: in bytes, in seconds, and all together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import Request

from verger.serving.problems import ProblemError

# Of a body that is too large so much is thrown away, for so long, before it is answered: clients
# that only listen once they have sent everything get to hear what is wrong.
MOST_DISCARDED, DISCARD_SECONDS = 64 << 20, 5.0
# What all bodies of a moment may hold together.
MOST_TOGETHER = 256 << 20


@dataclass
class Budget:
    """Bytes of bodies that are held right now."""

    most: int = MOST_TOGETHER
    used: int = 0

    @contextmanager
    def share(self) -> Iterator[Share]:
        """A part of it for one request, given back at the end."""
        share = Share(self)
        try:
            yield share
        finally:
            self.used -= share.taken


@dataclass
class Share:
    """What one request holds."""

    budget: Budget
    taken: int = 0

    def take(self, count: int) -> None:
        """Hold so many bytes more. Raises ProblemError where others hold too many."""
        if self.budget.used + count > self.budget.most:
            raise ProblemError(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "busy",
                "too many photographs at a time: send it again in a moment",
                {"Retry-After": "1"},
            )
        self.budget.used += count
        self.taken += count


async def read_body(request: Request, most: int, seconds: float, share: Share) -> bytes:
    """The whole body. Raises ProblemError if it is larger than that, or slower, or never ends."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > most:
        if request.headers.get("expect", "").lower() != "100-continue":
            await _discard(request)
        raise _too_large(most)
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                if len(body) + len(chunk) > most:
                    await _discard(request)
                    raise _too_large(most)
                share.take(len(chunk))
                body += chunk
    except TimeoutError:
        raise ProblemError(
            HTTPStatus.REQUEST_TIMEOUT,
            "slow",
            f"the photograph did not arrive within {seconds:g} seconds",
            {"Connection": "close"},
        ) from None
    return bytes(body)


async def in_pieces(body: bytes) -> AsyncGenerator[bytes, None]:
    """A body that was read, once more as a stream, whose end is an empty piece."""
    yield body
    yield b""


async def _discard(request: Request) -> None:
    discarded = 0
    try:
        async with asyncio.timeout(DISCARD_SECONDS):
            while discarded < MOST_DISCARDED:
                message = await request.receive()
                if message["type"] != "http.request" or not message.get("more_body"):
                    return
                discarded += len(message.get("body", b""))
    except TimeoutError:
        return


def _too_large(most: int) -> ProblemError:
    return ProblemError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "too-large",
        f"the body is larger than {most >> 20} MB: send a smaller photograph",
        {"Connection": "close"},
    )
