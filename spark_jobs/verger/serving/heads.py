"""The head of a request is bounded, too: uvicorn waits for its end for ever, however long it is."""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_BYTES = 64 << 10


def heads_within(seconds: float) -> type[asyncio.Protocol]:
    """uvicorn's protocol for connections whose every request has to tell all its headers within so
    many seconds, the first one counted from the connection, and in at most 64 kB. Otherwise it ends
    with 408 or 431.
    """

    class BoundedHeads(HttpToolsProtocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._wait()

        def connection_lost(self, exc: Exception | None) -> None:
            self._waiting.cancel()
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            of_a_head = not self._complete
            super().data_received(data)
            self._bytes += len(data) if of_a_head else 0
            if self._bytes > MOST_BYTES and not self._complete:
                self._end(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

        def on_message_begin(self) -> None:
            super().on_message_begin()
            if self._complete:  # another request of the same connection
                self._wait()

        def on_headers_complete(self) -> None:
            self._complete = True
            self._waiting.cancel()
            super().on_headers_complete()

        def _wait(self) -> None:
            self._complete, self._bytes = False, 0
            late = HTTPStatus.REQUEST_TIMEOUT
            self._waiting = self.loop.call_later(seconds, self._end, late)

        def _end(self, status: HTTPStatus) -> None:
            if not self.transport.is_closing():
                self.transport.write(_problem(status))
                self.transport.close()

    return BoundedHeads


def _problem(status: HTTPStatus) -> bytes:
    """A problem document as a whole response."""
    told = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": f"the headers of a request have at most {MOST_BYTES >> 10} kB and come soon",
    }
    body = json.dumps(told).encode()
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: application/problem+json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
