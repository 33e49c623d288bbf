"""A node of EMR, or a worker of EMR Serverless: a disk of its own, and commands of its image.

Both are a folder here. What settings name on such a disk lies below it, and goes with it.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from infra.environment import PYTHON
from local_cloud.emr import aws_cli

# The folders of the project's own on the disks of nodes and of workers.
OWN_FOLDERS = ("/opt/verger", "/tmp/verger")  # noqa: S108  names on a disk that is a folder here
# The images' Python: the one that the environment of this server was made from.
IMAGE_PYTHON = str(Path(sys.base_prefix, "bin", f"python{PYTHON}"))


@dataclass(frozen=True)
class Node:
    """What lies on its disk, and how its scripts find it."""

    disk: Path

    def here(self, values: Mapping[str, str]) -> dict[str, str]:
        """These values, with what they name on the node's disk where it is on this machine."""
        return {name: self._here(value) for name, value in values.items()}

    def prepare(self) -> dict[str, str]:
        """Have commands of the image that this machine may lack, and EMR's file on the node;
        returns the variables by which a bootstrap action finds them and the disk.
        """
        commands = self.disk / "bin"
        commands.mkdir(parents=True, exist_ok=True)
        for name, line in self._commands().items():
            (commands / name).write_text(f"#!/bin/sh\n{line}\n")
            (commands / name).chmod(0o755)
        info = self.disk / "instance.json"
        info.write_text('{"isMaster": true}')
        return {
            "PATH": str(commands),
            "VERGER_PLACE": self._here(OWN_FOLDERS[0]),
            "VERGER_INSTANCE_INFO": str(info),
        }

    def _commands(self) -> dict[str, str]:
        units = shlex.quote(str(self.disk / "units"))
        return {
            # Here nobody becomes root: an action does what the user of this server may do.
            "sudo": 'exec "$@"',
            "aws": f'exec {shlex.join([sys.executable, "-I", "-m", aws_cli.__name__])} "$@"',
            f"python{PYTHON}": f'exec {shlex.quote(IMAGE_PYTHON)} "$@"',
            # Noted alone: the watchdog would power this machine off.
            "systemd-run": f'echo "$@" >> {units}',
        }

    def _here(self, value: str) -> str:
        path = PurePosixPath(value)
        own = any(path.is_relative_to(folder) for folder in OWN_FOLDERS)
        return f"{self.disk}{value}" if own else value
