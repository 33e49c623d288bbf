"""The service on this machine:  python -m local_cloud.serve [--images FOLDER] [--lake FOLDER]

Answers by the model that the last run published in the lake; without one, runs first.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from local_cloud.airflow import REPOSITORY
from local_cloud.entry import carry_out, folder
from local_cloud.errors import LocalCloudError
from local_cloud.process import require_free
from local_cloud.stack import LAKE, LANDING
from verger.contract import PRESETS
from verger.lake.registry import Published
from verger.objects.addresses import open_storage

NAME = "make serve"


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until told to stop; returns 0, or another status after one message."""
    options = _parser().parse_args(argv)
    return carry_out(lambda: serve(options), NAME)


def serve(options: argparse.Namespace) -> None:
    """Become the service. Raises VergerError if there is no model and the run for one fails."""
    require_free(options.port, "the service", "SERVE_PORT")
    objects = options.lake.absolute()
    if not is_published(objects / LAKE, options.preset):
        sys.stdout.write("no model is published there yet: first a run\n")
        sys.stdout.flush()
        images = ["--images", str(options.images)] if options.images else []
        flags = [*images, "--lake", str(objects), "--preset", options.preset]
        command = [sys.executable, "-m", "local_cloud.run", *flags]
        if subprocess.run(command, cwd=REPOSITORY, check=False).returncode:
            raise LocalCloudError("the run failed, its own words are above")
    sys.stdout.write(f"http://127.0.0.1:{options.port}\n")
    sys.stdout.flush()
    program = Path(sys.executable).with_name("verger")
    os.execv(program, [str(program), *arguments(options, objects)])  # noqa: S606  no shell


def is_published(lake: Path, preset: str) -> bool:
    """Whether a model that can answer is published in the lake."""
    current = Published.read(open_storage(str(lake)), preset).current
    return current is not None and bool(current.bundle)


def arguments(options: argparse.Namespace, objects: Path) -> list[str]:
    """The service's own command: feedback goes to the landing bucket."""
    return [
        *("serve", "--lake", str(objects / LAKE), "--preset", options.preset),
        *("--port", str(options.port), "--feedback", str(objects / LANDING)),
    ]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local_cloud.serve",
        description="The service that answers photographs, on this machine.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--images", type=folder, help="of the first run; default: a sample")
    parser.add_argument("--lake", type=folder, default=REPOSITORY / "lake")
    parser.add_argument("--preset", choices=PRESETS, default=PRESETS[0])
    parser.add_argument("--port", type=int, default=8000)
    return parser


if __name__ == "__main__":
    sys.exit(main())
