"""What has to run in a process of its own: a session with other settings, or a whole pipeline."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.measure import Timing

ROOT = Path(__file__).parents[2]


def run(module: str, arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """The last line that the module prints. Raises RuntimeError, with its end, if it fails."""
    command = [sys.executable, "-m", module, *arguments]
    paths = {"PYTHONPATH": f"{ROOT}:{ROOT / 'spark_jobs'}"}
    done = subprocess.run(
        command, env={**environment, **paths}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{module} failed:\n{done.stderr[-3000:]}")
    return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""


def run_timed(
    module: str, arguments: Sequence[str], environment: Mapping[str, str]
) -> dict[str, Timing]:
    """The timings that a job measured and printed with `tell`, and what its last runs returned."""
    told = json.loads(run(module, arguments, environment))
    return {name: Timing(tuple(one[0]), one[1], one[2]) for name, one in told.items()}


def tell(timings: Mapping[str, Timing]) -> None:
    """Print timings for the process that waits for them."""
    told = {name: (one.seconds, one.peak_megabytes, one.result) for name, one in timings.items()}
    print(json.dumps(told))  # noqa: T201  the product
