"""Services of the local stack: started, waited for, stopped, none left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from local_cloud import leash
from local_cloud.errors import LocalCloudError

LOOPBACK = "127.0.0.1"
GRACE_SECONDS = 15.0


def free_port() -> int:
    """A port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def is_open(port: int) -> bool:
    """Whether something listens on a port of this machine."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((LOOPBACK, port)) == 0


def require_free(port: int, what: str, setting: str) -> None:
    """Raise LocalCloudError if the port is taken."""
    if is_open(port):
        raise LocalCloudError(
            f"port {port} for {what} is taken by another program: stop that one "
            f"(`make down` if it is an earlier `make up`), or choose another with {setting}=PORT"
        )


def leashed(
    command: Sequence[str], environment: Mapping[str, str], log: BinaryIO
) -> subprocess.Popen[bytes]:
    """Start a program that ends with this one, however this one ends."""
    return subprocess.Popen(
        [sys.executable, "-I", leash.__file__, *command],
        env={**os.environ, **environment},
        stdin=subprocess.PIPE,  # held open: its end is the leash's sign that we are gone
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


@dataclass
class Service:
    """A program with a log file and a way to tell that it is ready."""

    name: str
    command: Sequence[str]
    log: Path
    ready: Callable[[], bool]
    environment: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 60.0
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it. Raises LocalCloudError with the end of its log if it does not get ready."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            self._process = leashed(self.command, self.environment, log)
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End it and everything it started; nothing happens if it is not running."""
        if self._process is None:
            return
        self._signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(GRACE_SECONDS)
        self._signal(signal.SIGKILL)  # whatever is left of its group
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process = None

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None  # noqa: S101  only called while it is held
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    def _wait(self) -> None:
        deadline = time.monotonic() + self.seconds
        while not self.ready():
            if not self.running:
                raise LocalCloudError(f"{self.name} ended at once; its log says:\n{self._tail()}")
            if time.monotonic() > deadline:
                raise LocalCloudError(
                    f"{self.name} is not ready after {self.seconds:.0f} s; "
                    f"its log {self.log} ends with:\n{self._tail()}"
                )
            time.sleep(0.1)

    def _tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])
