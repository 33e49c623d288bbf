"""Folders that one run at a time works on: locked, and who holds one can be told.

The lock is the kernel's (flock), so it goes with its holder, however that ends. The programs that a
holder starts keep it, too: a run that was killed holds on until the last of them is gone.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from local_cloud.errors import LocalCloudError

LOCK = ".verger.lock"
# What a killed run leaves behind ends within seconds (see local_cloud.leash).
PATIENCE_SECONDS = 60.0
_descriptors: set[int] = set()


@dataclass(frozen=True)
class Holder:
    """Who holds a folder; a process number alone may be somebody else's by now."""

    command: str
    pid: int
    born: float

    @property
    def lives(self) -> bool:
        """Whether that very process still runs."""
        try:
            process = psutil.Process(self.pid)
            return process.create_time() == self.born and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False


@contextmanager
def held(folder: Path, command: str, remedy: str) -> Iterator[None]:
    """Hold a folder, made where it is missing; `command` and `remedy` are for others to read.

    Raises LocalCloudError, naming the holder, if somebody else holds it.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(descriptor, folder, remedy)
        _sign(descriptor, command)
        _descriptors.add(descriptor)
        yield
    finally:
        _descriptors.discard(descriptor)
        os.close(descriptor)


def holder(folder: Path) -> Holder | None:
    """Who holds a folder, if anybody does."""
    try:
        told = Holder(**json.loads((folder / LOCK).read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return told if told.lives else None


def descriptors() -> tuple[int, ...]:
    """What a program must inherit to keep the folders that this process holds."""
    return tuple(_descriptors)


def _sign(descriptor: int, command: str) -> None:
    me = psutil.Process()
    told = json.dumps(asdict(Holder(command, me.pid, me.create_time())))
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, told.encode(), 0)


def _take(descriptor: int, folder: Path, remedy: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            other = holder(folder)
            if other is not None or time.monotonic() > deadline:
                who = f"`{other.command}` (process {other.pid})" if other else "a killed run"
                raise LocalCloudError(f"{folder} is in use by {who}: {remedy}") from None
            time.sleep(0.2)
