"""What clusters ask of the server that they are in: its lock, its settings, a later visit."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from local_cloud.emr.settings import Settings


class Schedule(Protocol):
    """The server, as a cluster sees it."""

    settings: Settings

    def changing(self) -> AbstractContextManager[None]:
        """Hold the lock of all clusters."""

    def dispatch(self) -> None:
        """Start every step that may start."""


def after(schedule: Schedule, seconds: float, action: Callable[[], None]) -> None:
    """Do something later, with the lock held."""

    def locked() -> None:
        with schedule.changing():
            action()

    timer = threading.Timer(seconds, locked)
    timer.daemon = True
    timer.start()
