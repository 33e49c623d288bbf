"""What a run is doing, told while it happens: Airflow's tasks and the words of the EMR steps."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

WATCH_SECONDS = 0.5
_TASK = re.compile(r"\[DAG TEST\] starting task_id=(\w+)")


class Watch:
    """Follows Airflow's log and the standard output of steps, and prints what people care for."""

    def __init__(self, airflow_log: Path, steps: Path, out: TextIO) -> None:
        self._airflow_log = airflow_log
        self._steps = steps
        self._out = out
        self._read: dict[Path, int] = {
            path: path.stat().st_size for path in steps.glob("*/*/stdout")
        }
        self._started = time.monotonic()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True, name="watch")

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def say(self, text: str) -> None:
        """Print a line with the seconds since the start."""
        self._out.write(f"{time.monotonic() - self._started:7.1f} s  {text}\n")
        self._out.flush()

    def _follow(self) -> None:
        while not self._stopped.wait(WATCH_SECONDS):
            self._tell()
        self._tell()

    def _tell(self) -> None:
        for line in self._new_lines(self._airflow_log):
            if task := _TASK.search(line):
                self.say(task.group(1))
        for path in sorted(self._steps.glob("*/*/stdout"), key=lambda path: path.stat().st_mtime):
            for line in self._new_lines(path):
                if not line.startswith("{"):  # the record, for programs
                    self.say(f"    {line.partition(' ')[2]}")

    def _new_lines(self, path: Path) -> Iterator[str]:
        if not path.exists():
            return
        with path.open("rb") as log:
            log.seek(self._read.get(path, 0))
            fresh = log.read()
        whole = fresh[: fresh.rfind(b"\n") + 1]
        self._read[path] = self._read.get(path, 0) + len(whole)
        yield from whole.decode(errors="replace").splitlines()
