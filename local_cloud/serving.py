"""What `make up` leaves running: one process that holds S3, EMR and Airflow up till it is ended."""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from local_cloud.airflow import DAG, USER, Airflow
from local_cloud.airflow_page import await_dag
from local_cloud.errors import LocalCloudError
from local_cloud.holding import held, holder
from local_cloud.photographs import Delivery, deliver
from local_cloud.private import make_private, write_private
from local_cloud.process import Service
from local_cloud.stack import Stack
from local_cloud.supervise import keep_running

NAME = "make up"
KEYS = "keys.env"
REMEDY = "`make down` stops it; another folder works, too: LAKE=FOLDER"


def serve(options: argparse.Namespace, flags: list[str]) -> None:
    """Hold everything up until a signal. Raises LocalCloudError if something cannot be held up."""
    airflow = airflow_of(options)
    work, stack = options.work.absolute(), airflow.stack
    with ExitStack() as started:
        for place in (work, stack.objects):
            started.enter_context(held(place, NAME, REMEDY))
        make_private(work)
        delivery = deliver(options.images, stack)
        services = started.enter_context(stack.running())
        airflow.migrate()
        for component in airflow.components():
            component.start()
            started.callback(component.stop)
            services.append(component)
        await_dag(airflow, DAG, lambda: _require_all(services))
        told: list[str] = []
        state = {"pid": os.getpid(), "flags": flags, "welcome": _welcome(airflow, work, delivery)}
        lines = [f"{name}={value}\n" for name, value in stack.environment().items()]
        for path, text in ((work / KEYS, "".join(lines)), (_state(work), _json(state, told))):
            write_private(path, text)
            started.callback(path.unlink, missing_ok=True)

        def tell(line: str) -> None:
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
            told.append(line)
            write_private(_state(work), _json(state, told))

        keep_running(services, threading.Event(), tell)


def airflow_of(options: argparse.Namespace) -> Airflow:
    """The Airflow that the options stand for."""
    work = options.work.absolute()
    stack = Stack(options.lake.absolute(), work / "stack", options.s3_port, options.emr_port)
    return Airflow(work / "airflow", stack, options.ui_port)


def supervisor(work: Path) -> int | None:
    """The process that holds everything up, while it lives."""
    found = holder(work)
    return found.pid if found and found.command == NAME else None


def state_of(work: Path, pid: int) -> dict[str, Any] | None:
    """What that process says of itself, once everything is up: flags, welcome, what it told."""
    try:
        state: dict[str, Any] = json.loads(_state(work).read_text())
    except (FileNotFoundError, ValueError):
        return None
    return state if state["pid"] == pid else None


def _require_all(services: list[Service]) -> None:
    for service in services:
        if not service.running:
            raise LocalCloudError(f"{service.name} died: {service.last_words()}")


def _welcome(airflow: Airflow, work: Path, delivery: Delivery) -> str:
    stack = airflow.stack
    brought = "".join(f"  {line}\n" for line in delivery.told)
    return (
        f"\n  Airflow   {airflow.url}   login {USER} / {airflow.password}\n"
        f"  S3        {stack.environment()['AWS_ENDPOINT_URL_S3']}   (folder {stack.objects})\n"
        f"  EMR       {stack.emr_endpoint}\n"
        f"  keys      {work / KEYS}, for any S3 client: set -a; . FILE; set +a\n\n"
        f"{brought}\n"
        f"  Trigger the DAG {DAG} with the prefix {delivery.prefix}.\n"
        "  `make down` stops it all.\n\n"
    )


def _json(state: dict[str, Any], told: list[str]) -> str:
    return json.dumps({**state, "told": told})


def _state(work: Path) -> Path:
    return work / "up.json"
