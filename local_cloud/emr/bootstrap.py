"""Bootstrap actions: scripts that a node runs before it takes steps; here one after another."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from local_cloud.emr.blueprint import Blueprint
from local_cloud.emr.command import UnusableStepError
from local_cloud.emr.processes import Leashed, node_environment
from local_cloud.emr.s3 import Downloads

log = logging.getLogger(__name__)

# Here nobody becomes root: an action does what the user of this server may do.
SUDO = '#!/bin/sh\nexec "$@"\n'


def run_actions(blueprint: Blueprint, folder: Path, process: Leashed) -> str | None:
    """Run them; returns why the cluster cannot be, in EMR's words, or None.

    Their output is in `folder`/<number>/stdout and stderr, and they find a `sudo` that gives no
    rights.
    """
    for number, (script, *arguments) in enumerate(blueprint.actions, start=1):
        place = folder / str(number)
        (place / "bin").mkdir(parents=True, exist_ok=True)
        (place / "bin" / "sudo").write_text(SUDO)
        (place / "bin" / "sudo").chmod(0o755)
        try:
            code = _run(script, arguments, place, blueprint, process)
        except UnusableStepError as error:
            log.warning("bootstrap action %s: %s", number, error)
            code = 1
        if code != 0:
            return f"On the master instance, bootstrap action {number} returned a non-zero code"
    return None


def _run(
    script: str, arguments: Sequence[str], place: Path, blueprint: Blueprint, process: Leashed
) -> int:
    file = Downloads(place / "inputs").fetch(script)
    environment = node_environment(blueprint.environment)
    environment["PATH"] = f"{place / 'bin'}:{environment.get('PATH', '')}"
    if not process.start(["bash", str(file), *arguments], place, environment):
        return 1
    try:
        return process.wait()
    finally:
        process.sweep()
