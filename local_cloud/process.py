"""Services of the local stack: started, waited for, stopped, none left behind."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Literal

from local_cloud import holding, leash
from local_cloud.errors import LocalCloudError

LOOPBACK = "127.0.0.1"
GRACE_SECONDS = 15.0


def free_port() -> int:
    """A port that nothing listens on, below those that systems hand out by themselves.

    Spark and every client socket on this machine take those: one could be gone before it is used.
    """
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        if not is_open(port):
            return port


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
    """Start a program that ends with this one, however this one ends; until it has ended it keeps
    the folders that this one holds.
    """
    return subprocess.Popen(
        [sys.executable, "-I", leash.__file__, *command],
        env={**os.environ, **environment},
        stdin=subprocess.PIPE,  # held open: its end is the leash's sign that we are gone
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        pass_fds=holding.descriptors(),
    )


def end(process: subprocess.Popen[bytes]) -> None:
    """End a leashed program and everything it started."""
    _signal_group(process, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(GRACE_SECONDS)
    _signal_group(process, signal.SIGKILL)  # whatever is left of its group
    process.wait()
    if process.stdin is not None:
        process.stdin.close()


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


@dataclass
class Service:
    """A program with a log file and a way to tell that it is ready.

    settle   what follows whenever it got ready: a server that forgets is told again
    seconds  the last resort for one that neither gets ready nor ends
    """

    name: str
    command: Sequence[str]
    log: Path
    ready: Callable[[], bool]
    environment: Mapping[str, str] = field(default_factory=dict)
    settle: Callable[[], None] = lambda: None
    seconds: float = 600.0
    started: float = 0.0
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it. Raises LocalCloudError with its last words if it does not get ready."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._begin("wb")

    def restart(self) -> None:
        """Start it again after its death; its log goes on. Raises what `start` does."""
        self.stop()
        self._begin("ab")

    def _begin(self, mode: Literal["wb", "ab"]) -> None:
        with self.log.open(mode) as log:
            self._process = leashed(self.command, self.environment, log)
        self.started = time.monotonic()
        try:
            self._wait()
            self.settle()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End it and everything it started; nothing happens if it is not running."""
        if self._process is None:
            return
        end(self._process)
        self._process = None

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def _wait(self) -> None:
        deadline = time.monotonic() + self.seconds
        while not self.ready():
            if not self.running:
                raise LocalCloudError(f"{self.name} ended at once: {self.last_words()}")
            if time.monotonic() > deadline:
                raise LocalCloudError(
                    f"{self.name} is not ready after {self.seconds:.0f} s: {self.last_words()}"
                )
            time.sleep(0.1)

    def last_words(self) -> str:
        """The last line of its log, and where the others are."""
        return last_words(self.log)


def last_words(log: Path) -> str:
    """The last line of a log, and where the others are."""
    lines = log.read_text(errors="replace").split("\n") if log.exists() else []
    said = next((line.strip() for line in reversed(lines) if line.strip()), "not a word")
    return f"{said}\n(the whole log: {log})"
