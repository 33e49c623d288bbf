"""Timing side by side: the contenders take turns, so a slow minute of the machine hits them all."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from types import TracebackType
from typing import Any, Self

import psutil

log = logging.getLogger("benchmarks")
MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Timing:
    """Every run of one contender: seconds, and the most memory its processes held together.

    ``result`` is what the last run returned.
    """

    seconds: tuple[float, ...]
    peak_megabytes: int
    result: Any

    @property
    def median(self) -> float:
        """The median of all runs in seconds."""
        return median(self.seconds)


def side_by_side(
    contenders: Mapping[str, Callable[[], Any]],
    repeats: int,
    warm_up: bool = True,
    prepare: Callable[[], Any] | None = None,
) -> dict[str, Timing]:
    """Run all contenders in turn, so often; a first turn that is not counted warms them up.

    ``prepare`` comes before each run, outside its time.
    """
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    peaks = dict.fromkeys(contenders, 0)
    results: dict[str, Any] = {}
    for turn in range(-int(warm_up), repeats):
        for name, contender in contenders.items():
            if prepare:
                prepare()
            with PeakMemory() as memory:
                started = time.perf_counter()
                results[name] = contender()
                elapsed = time.perf_counter() - started
            log.info("  %s: %.3f s%s", name, elapsed, " (warm-up)" if turn < 0 else "")
            if turn >= 0:
                seconds[name].append(elapsed)
                peaks[name] = max(peaks[name], memory.peak_bytes)
    return {
        name: Timing(tuple(seconds[name]), peaks[name] // MEGABYTE, results[name])
        for name in contenders
    }


class PeakMemory:
    """Watches this process and all below it; memory that processes share counts for each."""

    def __init__(self, every_seconds: float = 0.2) -> None:
        self.peak_bytes = 0
        self._every = every_seconds
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        root = psutil.Process()
        while True:
            self.peak_bytes = max(self.peak_bytes, _resident(root))
            if self._over.wait(self._every):
                return


def processor_seconds() -> float:
    """What this process and all below it have taken of the processor by now."""
    root = psutil.Process()
    total = 0.0
    for process in (root, *root.children(recursive=True)):
        try:
            total += sum(process.cpu_times()[:4])  # its own, and those of its children that ended
        except psutil.NoSuchProcess:
            continue
    return total


def _resident(root: psutil.Process) -> int:
    total = 0
    for process in (root, *root.children(recursive=True)):
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total
