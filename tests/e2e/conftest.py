"""The project's own commands, run as a user runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.places import REPOSITORY


def pytest_collection_modifyitems(items):
    """The slow tests come last, so that a small mistake is told early."""
    items.sort(key=lambda item: "e2e" in item.path.parts)
    for item in items:
        if "e2e" in item.path.parts:
            item.add_marker(pytest.mark.e2e)


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def summary(self) -> dict[str, Any]:
        """The JSON object on the last line."""
        return json.loads(self.out.strip().splitlines()[-1])


def run_command(*arguments: object) -> list[str]:
    """The command behind `make run`."""
    return [sys.executable, "-m", "local_cloud.run", *map(str, arguments)]


def run(*arguments: object) -> Ended:
    """Run it to its end."""
    done = subprocess.run(
        run_command(*arguments), cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def on_disk(summary: dict[str, Any], address: str) -> Path:
    """The file or folder behind an s3:// address of a local run."""
    return Path(summary["lake"]) / address.removeprefix("s3://")


def steps_of(place: Sequence[object]) -> Path:
    """Where a run on --images, --lake and, last, --work keeps what its steps said."""
    return Path(str(place[-1])) / "stack" / "emr"
