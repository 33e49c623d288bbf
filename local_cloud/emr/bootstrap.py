"""Bootstrap actions: scripts that a node runs before it takes steps; here one after another."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path

from local_cloud.emr.blueprint import Blueprint
from local_cloud.emr.command import UnusableStepError
from local_cloud.emr.node import Node
from local_cloud.emr.processes import Leashed, node_environment
from local_cloud.emr.s3 import Downloads
from local_cloud.private import empty_folder

log = logging.getLogger(__name__)


def run_actions(blueprint: Blueprint, node: Node, folder: Path, process: Leashed) -> str | None:
    """Run them on a node; returns why the cluster cannot be, in EMR's words, or None.

    Their output is in `folder`/<number>/stdout and stderr.
    """
    for number, (script, *arguments) in enumerate(blueprint.actions, start=1):
        place = empty_folder(folder / str(number))
        try:
            code = _run(script, arguments, place, node, process)
        except UnusableStepError as error:
            log.warning("bootstrap action %s: %s", number, error)
            code = 1
        if code != 0:
            return f"On the master instance, bootstrap action {number} returned a non-zero code"
    return None


def _run(script: str, arguments: Sequence[str], place: Path, node: Node, process: Leashed) -> int:
    file = Downloads(place / "inputs").fetch(script)
    # Not with what Spark's settings export: they are for its drivers, and no driver is this.
    environment = {**node_environment({}), **node.prepare()}
    environment["PATH"] += f":{os.environ.get('PATH', os.defpath)}"
    if not process.start(["bash", str(file), *arguments], place, environment):
        return 1
    try:
        return process.wait()
    finally:
        process.sweep()
