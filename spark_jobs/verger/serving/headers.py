"""What every response says to browsers, and which requests of theirs are not for us."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from verger.serving.metrics import Metrics
from verger.serving.problems import ProblemError

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
STRICT = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
}
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")


class Guard:
    """Sets the headers, refuses what other sites send by a visitor's browser, counts requests.

    Where no key is needed only the machine's own names are answered to, so that no site can point
    its name here (DNS rebinding).
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, by_its_names: bool) -> None:
        self._app = app
        self._metrics = metrics
        self._by_its_names = by_its_names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500

        async def strict(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in STRICT.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            refusal = self._refusal(Headers(scope=scope))
            await (refusal.response() if refusal else self._app)(scope, receive, strict)
        finally:
            self._count(scope, status, time.perf_counter() - started)

    def _refusal(self, headers: Headers) -> ProblemError | None:
        host = headers.get("host", "")
        if self._by_its_names and urlsplit(f"//{host}").hostname not in LOOPBACK_NAMES:
            return ProblemError(421, "host", f"this service is not {host}: ask 127.0.0.1")
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != host:
            return ProblemError(403, "origin", "requests from pages of other sites are refused")
        return None

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        route = scope.get("route")
        path = getattr(route, "path", "other")
        self._metrics.requests.labels(path, str(status)).inc()
        self._metrics.seconds.labels(path).observe(seconds)
