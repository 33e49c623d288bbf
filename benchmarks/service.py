"""The service as a process of its own, and clients that ask it."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.jobs import ROOT
from benchmarks.measure import MEGABYTE
from local_cloud.process import free_port

# The command line, of this environment.
VERGER = (sys.executable, "-c", "import sys; from verger.cli.main import main; sys.exit(main())")


@dataclass(frozen=True)
class Load:
    """What clients got: seconds of each request, seconds in all, and how many got no answer."""

    seconds: Sequence[float]
    elapsed: float
    lost: int

    def quantile(self, share: float) -> float:
        """The seconds that this share of the requests stayed below."""
        ordered = sorted(self.seconds)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)]

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.seconds) / self.elapsed


@dataclass(frozen=True)
class Service:
    """A service that is ready."""

    port: int
    process: psutil.Process

    def load(self, photographs: Sequence[bytes], clients: int, requests: int) -> Load:
        """So many requests by so many clients, each as soon as its last one was answered."""
        turns = iter(range(requests))
        lock = threading.Lock()

        def next_turn() -> int | None:
            with lock:
                return next(turns, None)

        started = time.perf_counter()
        with ThreadPoolExecutor(clients) as pool:
            parts = list(pool.map(lambda _: self._ask(photographs, next_turn), range(clients)))
        elapsed = time.perf_counter() - started
        seconds = [one for answered, _ in parts for one in answered]
        return Load(seconds, elapsed, sum(lost for _, lost in parts))

    @property
    def megabytes(self) -> int:
        """What its processes hold together; pages that they share count for each."""
        processes = (self.process, *self.process.children(recursive=True))
        return sum(one.memory_info().rss for one in processes) // MEGABYTE

    @property
    def processor_seconds(self) -> float:
        """What its processes have computed so far: the same however busy the machine is."""
        processes = (self.process, *self.process.children(recursive=True))
        times = [one.cpu_times() for one in processes]
        return sum(one.user + one.system for one in times)

    @property
    def model(self) -> str:
        """The model that answers."""
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        client.request("GET", "/health/ready")
        return str(json.load(client.getresponse()).get("model", ""))

    def _ask(
        self, photographs: Sequence[bytes], next_turn: Callable[[], int | None]
    ) -> tuple[list[float], int]:
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        seconds, lost = [], 0
        while (turn := next_turn()) is not None:
            started = time.perf_counter()
            client.request("POST", "/v1/identify", photographs[turn % len(photographs)])
            answer = client.getresponse()
            answer.read()
            if answer.status == 200:
                seconds.append(time.perf_counter() - started)
            else:
                lost += 1
        return seconds, lost


@contextmanager
def running(lake: Path, log: Path) -> Iterator[Service]:
    """The service of a lake, ready; ended at the end."""
    port = free_port()
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*VERGER, "serve", "--lake", str(lake), "--port", str(port)],
            cwd=ROOT,
            stdout=out,
            stderr=out,
        )
    service = Service(port, psutil.Process(process.pid))
    try:
        while not _ready(service):
            if process.poll() is not None:
                raise SystemExit(f"the service did not start: {log.read_text()}")
            time.sleep(0.1)
        yield service
    finally:
        process.terminate()
        process.wait()


def _ready(service: Service) -> bool:
    try:
        return bool(service.model)
    except ConnectionError:
        return False
