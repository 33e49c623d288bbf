"""Who is let in: steps are code, so who comes without the endpoint's keys is turned away."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

from werkzeug.datastructures import EnvironHeaders
from werkzeug.wrappers import Response

from local_cloud.emr.signature import RefusedError, Request, signed_service
from local_cloud.s3 import Keys

Environment = dict[str, Any]
Application = Callable[[Environment, Any], Iterable[bytes]]

LARGEST_BODY = 4 << 20  # four times the largest message that SQS and SNS take


class Guard:
    """A WSGI application that hands each request to the service it was signed for.

    services  by their names in signatures
    keys      of this installation; every client has them
    hosts     names that requests may address; a page in a browser that had its own name lead here
              (DNS rebinding) still says its own name
    """

    def __init__(
        self, services: Mapping[str, Application], keys: Keys, hosts: frozenset[str]
    ) -> None:
        self._services = services
        self._keys = keys
        self._hosts = hosts

    def __call__(self, environ: Environment, start_response: Any) -> Iterable[bytes]:
        try:
            service = self._services[self._admitted(environ)]
        except RefusedError as refusal:
            return _answer(environ, refusal)(environ, start_response)
        return service(environ, start_response)

    def _admitted(self, environ: Environment) -> str:
        """The name of the service that a request may talk to. Raises RefusedError."""
        request = _request(environ)
        _refuse_browsers(request)
        self._require_host(request.headers.get("host", ""))
        service = signed_service(request, self._keys, datetime.now(UTC))
        if service not in self._services:
            known = ", ".join(self._services)
            raise RefusedError("AccessDenied", f"{service!r} is not served here, only {known}.")
        return service

    def _require_host(self, host: str) -> None:
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
        if name not in self._hosts:
            raise RefusedError(
                "AccessDenied", f"This endpoint has no name {name!r} (--allowed-host)."
            )


def _refuse_browsers(request: Request) -> None:
    """Browsers put an Origin on every cross-site and every POST request, AWS clients never do."""
    if "origin" in request.headers:
        raise RefusedError("AccessDenied", "This endpoint is for AWS clients, not for web pages.")


def _request(environ: Environment) -> Request:
    """What is signed of a request; its body is put back for the service to read."""
    length = environ.get("CONTENT_LENGTH") or "0"
    if "HTTP_TRANSFER_ENCODING" in environ or not length.isdecimal() or int(length) > LARGEST_BODY:
        raise RefusedError(
            "AccessDenied", f"A request has up to {LARGEST_BODY} bytes, and says so."
        )
    body = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = io.BytesIO(body)
    headers = {name.lower(): value for name, value in EnvironHeaders(environ).items()}
    url = f"http://{headers.get('host')}{environ['RAW_URI']}"
    return Request(environ["REQUEST_METHOD"], url, headers, body)


def _answer(environ: Environment, refusal: RefusedError) -> Response:
    """403 in the language that the client understands: of its services SNS speaks XML; EMR
    Serverless, alone in that it has paths, speaks JSON without a target.
    """
    if "HTTP_X_AMZ_TARGET" in environ or environ["PATH_INFO"].startswith("/applications"):
        said = json.dumps({"__type": refusal.code, "message": str(refusal)})
        return Response(said, 403, content_type="application/x-amz-json-1.1")
    code, message = escape(refusal.code), escape(str(refusal))
    error = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return Response(f"<ErrorResponse>{error}</ErrorResponse>", 403, content_type="text/xml")
