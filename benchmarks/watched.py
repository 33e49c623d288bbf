"""A pipeline watched from outside: seconds, and processor seconds by kind of process, per stage."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

EVERY_SECONDS = 0.05
_DONE = re.compile(r"\S+ (\w+): done in ")
KINDS = ("driver", "JVM", "workers")


@dataclass(frozen=True)
class Phase:
    """One stage: its seconds, and the processor seconds of each kind of process meanwhile."""

    name: str
    seconds: float
    processor: Mapping[str, float]


def watch(images: Path, lake: Path) -> list[Phase]:
    """`verger pipeline` in a process of its own, phase by phase; the last is its end.

    Raises RuntimeError with its last words if it fails.
    """
    verger = Path(sys.executable).with_name("verger")
    command = [str(verger), "pipeline", "--images", str(images), "--lake", str(lake)]
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    assert process.stderr is not None  # noqa: S101  it is a pipe
    used = Processor(process.pid)
    phases, said = [], []
    with used:
        for line in process.stderr:
            said.append(line)
            if done := _DONE.match(line):
                phases.append(used.phase(done[1]))
        process.wait()
        phases.append(used.phase("end"))
    if process.returncode:
        raise RuntimeError(f"the pipeline failed: {''.join(said[-5:])}")
    return phases


class Processor:
    """Processor seconds of a process and of all that it starts, also of those that have ended."""

    def __init__(self, pid: int) -> None:
        self._root = psutil.Process(pid)
        self._seconds: dict[int, tuple[str, float]] = {}
        self._told: dict[str, float] = dict.fromkeys(KINDS, 0.0)
        self._began = time.monotonic()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Processor:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def phase(self, name: str) -> Phase:
        """What was used since the last phase."""
        self._look()
        now, sums = time.monotonic(), dict.fromkeys(KINDS, 0.0)
        for kind, seconds in list(self._seconds.values()):
            sums[kind] += seconds
        used = {kind: sums[kind] - self._told[kind] for kind in KINDS}
        phase = Phase(name, now - self._began, used)
        self._told, self._began = sums, now
        return phase

    def _watch(self) -> None:
        while not self._over.wait(EVERY_SECONDS):
            self._look()

    def _look(self) -> None:
        try:
            below: Sequence[psutil.Process] = self._root.children(recursive=True)
        except psutil.NoSuchProcess:
            return
        for process in (self._root, *below):
            try:
                times = process.cpu_times()
                kind = "driver" if process == self._root else _kind(process.name())
            except psutil.NoSuchProcess:
                continue
            self._seconds[process.pid] = kind, times.user + times.system


def _kind(name: str) -> str:
    """What Spark starts beside its JVM are Python workers, and what it asks the system by."""
    return "JVM" if name == "java" else "workers"
