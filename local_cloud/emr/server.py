"""The process: listen, serve, and leave no step behind."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from typing import Literal, cast

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.emr.models import emr_backends
from moto.emrserverless.models import emrserverless_backends
from moto.moto_server.werkzeug_app import create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server

from local_cloud.emr.guard import Guard
from local_cloud.emr.models import LocalEmrBackend
from local_cloud.emr.options import parse_settings
from local_cloud.emr.schedule import StepSchedule
from local_cloud.emr.settings import Settings
from local_cloud.emr_serverless.application import KIND
from local_cloud.emr_serverless.models import LocalServerlessBackend, backend_of
from local_cloud.s3 import Keys

log = logging.getLogger(__name__)

# What is served, by its name in signatures and moto's own; moto offers many more, and an API
# without keys to change what it pretends (/moto-api/).
SERVICES: dict[str, Literal["emr", "emr-serverless", "sqs", "sns"]] = {
    "elasticmapreduce": "emr",
    "emr-serverless": "emr-serverless",
    "sqs": "sqs",
    "sns": "sns",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit status."""
    settings = parse_settings(arguments)
    _start_logging()
    stop = _stop_event()
    schedule = StepSchedule(settings)
    install(schedule)
    resume(schedule)
    if settings.application:
        provide(schedule, settings.application)
    server = _listen(settings)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"local EMR ready on http://{settings.host}:{server.server_port}\n")
    sys.stdout.flush()
    stop.wait()
    schedule.close()
    server.shutdown()
    return 0


def install(schedule: StepSchedule) -> None:
    """Make moto serve EMR from these packages; before the first EMR call."""
    LocalEmrBackend.schedule = LocalServerlessBackend.schedule = schedule
    emr_backends.backend = LocalEmrBackend
    emrserverless_backends.backend = LocalServerlessBackend


def resume(schedule: StepSchedule) -> None:
    """Take up the clusters and applications that an earlier server left, where they are kept."""
    with schedule.changing():
        for record in schedule.memory.recall() if schedule.memory else ():
            if record.get("kind") == KIND:
                backend_of(record).resume(record)
                continue
            backend = emr_backends[record["account"]][record["region"]]
            cast("LocalEmrBackend", backend).resume(record)
        schedule.dispatch()


def provide(schedule: StepSchedule, application_id: str) -> None:
    """Have a serverless application of that id in the region of this server."""
    region = os.environ["AWS_DEFAULT_REGION"]
    with schedule.changing():
        backend_of({"account": DEFAULT_ACCOUNT_ID, "region": region}).provide(application_id)


def _start_logging() -> None:
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("local_cloud").setLevel(logging.INFO)
    # Left to itself, werkzeug writes a line for every request.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)


def _listen(settings: Settings) -> BaseWSGIServer:
    keys = Keys(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
    services = {signed: create_backend_app(moto) for signed, moto in SERVICES.items()}
    guard = Guard(services, keys, settings.allowed_hosts)
    return make_server(settings.host, settings.port, guard, threaded=True)


def _stop_event() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    return stop
