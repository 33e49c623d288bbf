"""The process: listen, serve, and leave no step behind."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from moto.emr.models import emr_backends
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import BaseWSGIServer, make_server
from werkzeug.wrappers import Response

from local_cloud.emr.models import LocalEmrBackend
from local_cloud.emr.schedule import StepSchedule
from local_cloud.emr.settings import Settings, parse_settings

log = logging.getLogger(__name__)

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit status."""
    settings = parse_settings(arguments)
    _start_logging()
    stop = _stop_event()
    schedule = StepSchedule(settings)
    install(schedule)
    server = _listen(settings)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"local EMR ready on http://{settings.host}:{server.server_port}\n")
    sys.stdout.flush()
    stop.wait()
    schedule.close()
    server.shutdown()
    return 0


def install(schedule: StepSchedule) -> None:
    """Make moto serve EMR from this package; before the first EMR call."""
    LocalEmrBackend.schedule = schedule
    emr_backends.backend = LocalEmrBackend


def refuse_browsers(application: Application) -> Application:
    """Answer 403 to whatever a web page sends.

    Steps are code and moto checks no signatures, so a page that a browser on this machine shows
    could run programs here. Browsers put an Origin on every cross-site and every POST request,
    AWS clients never do.
    """

    def guarded(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if "HTTP_ORIGIN" in environ:
            refusal = Response("This endpoint is for AWS clients, not for web pages.\n", 403)
            return refusal(environ, start_response)
        return application(environ, start_response)

    return guarded


def _start_logging() -> None:
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("local_cloud").setLevel(logging.INFO)
    # Left to itself, werkzeug writes a line for every request.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)


def _listen(settings: Settings) -> BaseWSGIServer:
    if settings.host not in ("127.0.0.1", "localhost", "::1"):
        log.warning("on %s anyone who reaches this port can run code here", settings.host)
    return make_server(
        settings.host,
        settings.port,
        refuse_browsers(DomainDispatcherApplication(create_backend_app)),
        threaded=True,
        request_handler=MotoRequestHandler,
    )


def _stop_event() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    return stop
