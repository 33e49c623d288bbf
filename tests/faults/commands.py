"""The project's own command line in processes that can be killed, whole or in part."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.processes import command as words_of

VERGER = Path(sys.executable).with_name("verger")
MARK = "VERGER_TEST_DRAW"
SMALL = ("--k", "16", "--pca", "4", "--sample-per-word", "40")
LAST_RESORT = 600  # seconds


@dataclass
class Command:
    """A started command of `verger`. Everything that it starts can be told by its mark."""

    process: subprocess.Popen[bytes]
    mark: str
    out: Path
    err: Path
    started: float = field(default_factory=time.monotonic)

    def wait(self) -> int:
        """The exit status: negative for a signal."""
        return self.process.wait(LAST_RESORT)

    @property
    def said(self) -> str:
        return self.err.read_text(errors="replace")

    def lines(self) -> list[str]:
        """What it has told of its work, line by line."""
        return re.findall(r"^\d\d:\d\d:\d\d .+$", self.said, flags=re.MULTILINE)

    @property
    def reason(self) -> str:
        """The one line that says why it failed; asserts that there is one and no traceback."""
        assert "Traceback" not in self.said, self.said[-3000:]
        lines = re.findall(r"^\d\d:\d\d:\d\d \w+ failed: (.+)$", self.said, flags=re.MULTILINE)
        assert len(lines) == 1, self.said[-3000:]
        return lines[0]

    def parts(self) -> dict[str, list[psutil.Process]]:
        """Its processes, by what they are: driver, jvm, worker (Python under the JVM)."""
        found: dict[str, list[psutil.Process]] = {"driver": [], "jvm": [], "worker": []}
        for process in self.alive():
            words = words_of(process)
            if process.pid == self.process.pid:
                found["driver"].append(process)
            elif words and Path(words[0]).name == "java":
                found["jvm"].append(process)
            elif any("pyspark" in word for word in words):
                found["worker"].append(process)
        return found

    def alive(self) -> list[psutil.Process]:
        """All that it started and that has not ended, itself first."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return (
                process.environ().get(MARK) == self.mark
                and process.status() != psutil.STATUS_ZOMBIE
            )
        except psutil.Error:
            return False

    def leaves_nobody(self) -> bool:
        """Whether, once it has ended, all that it started ends too."""
        deadline = time.monotonic() + 60
        while self.alive():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.1)
        return True


@contextmanager
def started(
    place: Path, *arguments: object, environment: Mapping[str, str] | None = None
) -> Iterator[Command]:
    """A command of `verger`, whose words lie below a folder; killed with all that is its own where
    it is left.
    """
    mark = uuid.uuid4().hex
    temporary = place / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    out, err = place / f"{mark}.out", place / f"{mark}.err"
    own = {MARK: mark, "TMPDIR": str(temporary), "SPARK_LOCAL_DIRS": str(temporary)}
    with out.open("wb") as told, err.open("wb") as logged:
        process = subprocess.Popen(
            [VERGER, *map(str, arguments)],
            env={**os.environ, **own, **(environment or {})},
            stdout=told,
            stderr=logged,
            start_new_session=True,
        )
    running = Command(process, mark, out, err)
    try:
        yield running
    finally:
        for left in running.alive():
            kill([left])
        process.wait(30)


def kill(processes: Sequence[psutil.Process]) -> None:
    """SIGKILL, all at once."""
    for process in processes:
        try:
            process.send_signal(signal.SIGKILL)
        except psutil.NoSuchProcess:
            continue


def ended(place: Path, *arguments: object, environment: Mapping[str, str] | None = None) -> Command:
    """The same, once it has ended by itself."""
    with started(place, *arguments, environment=environment) as running:
        running.wait()
    return running
