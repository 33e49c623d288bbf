"""A proxy in front of an S3 that goes wrong for a share of requests, in the ways that S3 does."""

from __future__ import annotations

import asyncio
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import aiohttp
from aiohttp import web
from yarl import URL

SLOW_DOWN = "503 SlowDown"
EXPIRED = "403 ExpiredToken"
RESET = "connection reset before S3 heard it"
LOST = "answer lost after S3 did it"
STALL = "no answer"
CUT = "body cut short"
INSIDE = "200 with an error inside"
OLD = "old listing"
EVERYTHING = (SLOW_DOWN, RESET, LOST, STALL, CUT, INSIDE, OLD)

# What concerns one hop alone; aiohttp answers `Expect` by itself.
_HOP = {"connection", "keep-alive", "transfer-encoding", "expect", "content-length"}
_ITEM = re.compile(rb"<Contents>.*?</Contents>", re.DOTALL)
_MODIFIED = re.compile(rb"<LastModified>([^<]+)</LastModified>")
_YOUNG = timedelta(seconds=5)


class FaultProxy:
    """Listens on a port of this machine in a thread of its own, and passes everything on.

    `trouble` lets a share of the requests go wrong; ``done`` counts what went wrong, by kind.
    ``stall`` is for how many seconds nobody answers before the connection is reset.
    """

    def __init__(self, port: int, upstream: int, seed: int, stall: float = 1.0) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.done: Counter[str] = Counter()
        self.requests = 0
        self._port, self._upstream, self._stall = port, f"http://127.0.0.1:{upstream}", stall
        self._random = random.Random(seed)  # noqa: S311
        self._share, self._until, self._kinds = 0.0, 0.0, EVERYTHING
        self._held: tuple[str, str, threading.Event] | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @contextmanager
    def running(self) -> Iterator[FaultProxy]:
        """Listen; nothing goes wrong until `trouble` says so."""
        self._thread.start()
        runner = self._wait(self._start())
        try:
            yield self
        finally:
            self._wait(self._stop(runner))
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    @contextmanager
    def trouble(
        self, share: float, *kinds: str, seconds: float = float("inf")
    ) -> Iterator[Counter[str]]:
        """For so many seconds a share of requests goes wrong, in one of the ways named (or in any);
        gives what has gone wrong by then.
        """
        before = self.done.copy()
        happened: Counter[str] = Counter()
        self._kinds = kinds or EVERYTHING
        self._until, self._share = time.monotonic() + seconds, share
        try:
            yield happened
        finally:
            self._share = 0.0
            happened.update(self.done - before)

    @contextmanager
    def holding(self, method: str, ending: str) -> Iterator[threading.Event]:
        """Requests by that method for such a key are held and never reach S3; the event says that
        there is one.
        """
        self._held = (method, ending, threading.Event())
        try:
            yield self._held[2]
        finally:
            self._held = None

    def _wait(self, coroutine):  # type: ignore[no-untyped-def]
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(60)

    async def _start(self) -> web.AppRunner:
        self._session = aiohttp.ClientSession(
            auto_decompress=False, connector=aiohttp.TCPConnector(limit=0)
        )
        # Accept-Encoding and User-Agent are signed: none is put beside those of the client.
        app = web.Application(client_max_size=1 << 30)
        app.router.add_route("*", "/{any:.*}", self._handle)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self._port).start()
        return runner

    async def _stop(self, runner: web.AppRunner) -> None:
        await runner.cleanup()
        await self._session.close()

    def _fault(self, request: web.Request) -> str | None:
        self.requests += 1
        if time.monotonic() > self._until or self._random.random() >= self._share:
            return None
        fitting = [kind for kind in self._kinds if _fits(kind, request)]
        fault = self._random.choice(fitting) if fitting else None
        if fault:
            self.done[fault] += 1
        return fault

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        if (held := self._held) and request.method == held[0] and request.path.endswith(held[1]):
            held[2].set()
            while self._held is held:
                await asyncio.sleep(0.05)
            return _hang_up(request)
        fault = self._fault(request)
        if fault == SLOW_DOWN:
            return _error(503, "SlowDown", "Please reduce your request rate.")
        if fault == EXPIRED:
            return _error(403, "ExpiredToken", "The provided token has expired.")
        if fault == STALL:
            await asyncio.sleep(self._stall)
        if fault in (RESET, STALL):
            return _hang_up(request)
        if fault == INSIDE:
            return _error(200, "InternalError", "We encountered an internal error.")
        try:
            status, headers, content = await self._passed_on(request, body)
        except aiohttp.ClientError:  # S3 itself is gone
            return _hang_up(request)
        if fault == LOST:
            return _hang_up(request)
        if fault == OLD:
            content = _ITEM.sub(lambda item: b"" if _is_young(item[0]) else item[0], content)
        length = headers.get("Content-Length") if request.method == "HEAD" else str(len(content))
        headers["Content-Length"] = length or "0"
        answer = web.StreamResponse(status=status, headers=headers)
        await answer.prepare(request)
        if request.method == "HEAD":
            return answer
        if fault == CUT:
            await answer.write(content[: len(content) // 2])
            await asyncio.sleep(0.01)
            return _hang_up(request)
        await answer.write(content)
        await answer.write_eof()
        return answer

    async def _passed_on(
        self, request: web.Request, body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        headers = {k: v for k, v in request.headers.items() if k.lower() not in _HOP}
        async with self._session.request(
            request.method,
            URL(self._upstream + request.raw_path, encoded=True),
            headers=headers,
            data=body,
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            allow_redirects=False,
        ) as found:
            kept = {k: v for k, v in found.headers.items() if k.lower() not in _HOP}
            if request.method == "HEAD" and "Content-Length" in found.headers:
                kept["Content-Length"] = found.headers["Content-Length"]
            return found.status, kept, await found.read()


def _fits(kind: str, request: web.Request) -> bool:
    """Whether S3 would do that to such a request."""
    listing = request.method == "GET" and "list-type" in request.query
    if kind == INSIDE:
        finishing = request.method == "POST" and "uploadId" in request.query
        return finishing or "x-amz-copy-source" in request.headers
    if kind == OLD:
        return listing
    if kind == CUT:
        return request.method == "GET"
    return True


def _is_young(item: bytes) -> bool:
    modified = _MODIFIED.search(item)
    if modified is None:
        return False
    return datetime.now(UTC) - datetime.fromisoformat(modified[1].decode()) < _YOUNG


def _error(status: int, code: str, message: str) -> web.Response:
    text = f"<Error><Code>{code}</Code><Message>{message}</Message><RequestId>1</RequestId></Error>"
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return web.Response(status=status, text=head + text, content_type="application/xml")


def _hang_up(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)  # nobody reads it any more
