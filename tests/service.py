"""The service as a process of its own, on a free port."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import requests

from local_cloud.process import free_port


@dataclass(frozen=True)
class Service:
    """Where it is asked, what process it is, and seconds of processor that it took to be alive:
    with all its processes, so that they are the same on a busy machine.
    """

    address: str
    process: subprocess.Popen[bytes]
    seconds: float
    log: Path

    def identify(self, *photographs: bytes, **kwargs: Any) -> requests.Response:
        """Ask about views of one fruit."""
        files = [("photo", (f"{i}.jpg", photo)) for i, photo in enumerate(photographs)]
        return requests.post(f"{self.address}/v1/identify", files=files, timeout=300, **kwargs)

    def get(self, path: str, **kwargs: Any) -> requests.Response:
        """Ask for a path."""
        return requests.get(f"{self.address}{path}", timeout=60, **kwargs)


@contextmanager
def service(lake: Path, *flags: str) -> Iterator[Service]:
    """Started by its own command, and ended by what the system sends to end it."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    log = lake / "serve.log"
    command = [str(Path(sys.executable).with_name("verger")), "serve", "--lake", str(lake)]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, "--port", str(port), "--workers", "2", *flags], stdout=out, stderr=out
        )
    try:
        while not _alive(address):
            assert process.poll() is None, log.read_text()
            time.sleep(0.02)
        yield Service(address, process, _processor_seconds(process.pid), log)
    finally:
        process.terminate()
        process.wait(60)


def _processor_seconds(pid: int) -> float:
    root = psutil.Process(pid)
    times = [one.cpu_times() for one in (root, *root.children(recursive=True))]
    return sum(one.user + one.system for one in times)


def _alive(address: str) -> bool:
    try:
        return requests.get(f"{address}/health/live", timeout=10).ok
    except requests.ConnectionError:
        return False
