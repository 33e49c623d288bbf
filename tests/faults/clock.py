"""A clock that can be set while processes run by it, without touching the machine's own.

What only goes forward (the monotonic clocks) and the times of files stay as they are, as when a
person or NTP sets a clock. Programs without a C library, such as the local S3, do not notice: to
them it is the clocks of two machines.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from tests.faults.record import WHOLE

SOURCE = Path(__file__).with_suffix(".c")
HOUR = 3600


class Clock:
    """The time of day of the processes that have its environment; in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        if not shutil.which("cc"):
            # Whoever makes the table misses its rows; whoever runs the tests is told of them.
            (pytest.fail if WHOLE else pytest.skip)(f"no C compiler for {SOURCE.name}: install gcc")
        folder.mkdir()
        self._file, library = folder / "ahead", folder / "clock.so"
        self.set(0)
        command = ["cc", "-O2", "-Wall", "-Werror", "-shared", "-fPIC", SOURCE, "-o", library]
        subprocess.run([*command, "-ldl"], check=True)
        self.environment = {"LD_PRELOAD": str(library), "VERGER_TEST_CLOCK": str(self._file)}

    def set(self, seconds: int) -> None:
        """So far ahead of the true time it is from now on."""
        with self._file.open("r+b" if self._file.exists() else "wb") as file:  # it stays mapped
            file.write(struct.pack("=q", seconds))
