"""Archives in a step's working directory, as `spark.archives` asks for them: s3://…/x.tar.gz#alias.

Each is unpacked once on a disk, and linked from there: a Python environment has thousands of files.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

from infra.environment import INTERPRETER
from local_cloud.emr.command import UnusableStepError
from local_cloud.emr.node import IMAGE_PYTHON
from local_cloud.emr.s3 import Downloads


def link(archive: str, disk: Path, folder: Path) -> None:
    """Have it in a folder under its alias. Raises UnusableStepError."""
    address, _, alias = archive.partition("#")
    place = folder / (alias or Path(address).name)
    place.unlink(missing_ok=True)
    place.symlink_to(_unpacked(address, disk))


def _unpacked(address: str, disk: Path) -> Path:
    place = disk / "archives" / hashlib.sha256(address.encode()).hexdigest()
    if place.exists():
        return place
    draft = place.with_suffix(".draft")
    shutil.rmtree(draft, ignore_errors=True)
    (draft / "content").mkdir(parents=True)
    packed = Downloads(draft / "packed").fetch(address)
    done = subprocess.run(
        ["tar", "-xzf", packed, "-C", draft / "content"], capture_output=True, text=True
    )
    if done.returncode:
        raise UnusableStepError(f"{address} cannot be unpacked: {done.stderr.strip()}")
    _give_python(draft / "content")
    (draft / "content").rename(place)
    shutil.rmtree(draft)
    return place


def _give_python(environment: Path) -> None:
    """Where an environment's Python is that of EMR's image, this machine's takes its place."""
    commands = environment / "bin"
    python = commands / "python"
    if not python.is_symlink() or str(python.readlink()) != INTERPRETER:
        return
    for name in commands.glob("python*"):
        name.unlink()
    subprocess.run([IMAGE_PYTHON, "-m", "venv", "--without-pip", environment], check=True)
