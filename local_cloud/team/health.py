"""Health checks of containers:  python -m local_cloud.team.health airflow scheduler

    airflow NAME   Airflow's own word on a component's heartbeat (`scheduler` is asked itself)
    aws NAME URL   s3 or emr at an address answers a request that is signed with the keys
    master         Spark's master has workers
    serve          the service that answers photographs runs, with a model or without
    worker         Spark's master counts this machine among its workers

Cheap on purpose: `airflow jobs check` imports all of Airflow every time.
"""

from __future__ import annotations

import json
import socket
import sys
import urllib.request
from collections.abc import Collection
from http import HTTPStatus
from typing import Any

PATIENCE_SECONDS = 5
API = "http://api-server:8080/api/v2/monitor/health"
SCHEDULER = "http://127.0.0.1:8974/health"
SERVE = "http://127.0.0.1:8000/health/live"
MASTER = "http://spark-master:8081/json/"


def main(arguments: list[str]) -> int:
    """Returns 0 if it is healthy, as Docker wants it; raises where nobody answers."""
    match arguments:
        case ["airflow", "scheduler"]:
            healthy = lives(SCHEDULER)
        case ["airflow", component]:
            healthy = beats(API, component)
        case ["aws", "s3" | "emr" as service, url]:
            healthy = serves(service, url)
        case ["master"]:
            healthy = bool(workers(MASTER))
        case ["serve"]:
            healthy = _asked(SERVE)["status"] == "live"
        case ["worker"]:
            addresses = {found[4][0] for found in socket.getaddrinfo(socket.gethostname(), None)}
            healthy = not addresses.isdisjoint(workers(MASTER))
        case _:
            sys.stderr.write(f"{__doc__}\n")
            return 2
    return 0 if healthy else 1


def beats(url: str, component: str) -> bool:
    """Whether an Airflow that answers at an address calls its component healthy."""
    return bool(_asked(url)[component]["status"] == "healthy")


def lives(scheduler: str) -> bool:
    """Whether a scheduler's heart beats: its answer is a status without words; 503 is raised."""
    with urllib.request.urlopen(scheduler, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310
        return bool(answer.status == HTTPStatus.OK)


def workers(master: str) -> Collection[str]:
    """The hosts of the workers that Spark's master counts on; none while it is recovering."""
    said = _asked(master)
    alive = {worker["host"] for worker in said["workers"] if worker["state"] == "ALIVE"}
    return alive if said["status"] == "ALIVE" else ()


def serves(service: str, url: str) -> bool:
    """Whether a service answers the keys in the environment; raises if it does not."""
    import boto3
    from botocore.config import Config

    quick = Config(
        connect_timeout=PATIENCE_SECONDS,
        read_timeout=PATIENCE_SECONDS,
        retries={"total_max_attempts": 1},
    )
    client: Any = boto3.client(service, endpoint_url=url, config=quick)  # type: ignore[call-overload]
    if service == "s3":
        client.list_buckets()
    else:
        client.list_clusters()
    return True


def _asked(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310
        return json.load(answer)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
