"""The archive of Spark's classes, made by a small run that loads what every run loads."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from local_cloud import s3
from local_cloud.environment import isolated
from local_cloud.process import free_port
from sample import draw_sample
from verger.machine import classes

# Each Java and each checkout has its own, of 200 MB: so many are kept, those made last.
KEPT = 8
# The run takes half a minute, and its JVM some seconds afterwards; the limit is for what hangs.
PATIENCE_SECONDS = 900.0


def ensure_archive(java: Path, jars: Sequence[Path]) -> None:
    """Make the archive where there is none. Spark runs without one, too: what fails is told."""
    path = classes.archive(java, jars)
    if path.exists():
        return
    sys.stderr.write("setup: archiving Spark's classes, once, so that it starts faster\n")
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="verger-classes-") as work:
        draft = Path(work) / path.name
        failed = _train(Path(work), java, draft)
        if failed or not draft.is_file():
            sys.stderr.write(f"setup: no archive was made; Spark starts without it\n{failed}\n")
            return
        # A whole file or none, whatever file system the work lay on.
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        shutil.move(draft, beside)
        beside.replace(path)
    _forget_old(path.parent)


def _train(work: Path, java: Path, draft: Path) -> str:
    """A whole pipeline on photographs and a lake in a local S3; returns its last words if it
    failed. Every JVM of it writes the archive at its end, the one of Spark last.
    """
    images = draw_sample(work / "images", per_label=4)
    keys, port = s3.Keys(), free_port()
    (work / "objects" / "lake").mkdir(parents=True)
    server = s3.server(work / "objects", port, keys, work / "s3.log")
    environment = {
        **isolated(os.environ),
        **s3.environment(port, keys),
        "JAVA_HOME": str(java),
        "JDK_JAVA_OPTIONS": f'"-XX:ArchiveClassesAtExit={draft}"',
    }
    verger = Path(sys.executable).with_name("verger")
    command = [str(verger), "pipeline", "--images", str(images), "--lake", "s3://lake"]
    server.start()
    try:
        return _whole([*command, "--k", "8", "--pca", "2"], environment, work / "run.log")
    finally:
        server.stop()


def _whole(command: Sequence[str], environment: dict[str, str], log: Path) -> str:
    """Run it until its JVM has ended, too, which outlives it; its last words if it failed."""
    machines: set[psutil.Process] = set()
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
        root = psutil.Process(process.pid)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while process.poll() is None:
            if time.monotonic() > deadline:
                process.kill()
            machines |= {of for of in root.children(recursive=True) if _is_java(of)}
            time.sleep(0.1)
    psutil.wait_procs(machines, PATIENCE_SECONDS)
    return log.read_text(errors="replace")[-2000:] if process.returncode else ""


def _is_java(process: psutil.Process) -> bool:
    try:
        return process.name() == "java"
    except psutil.NoSuchProcess:
        return False


def _forget_old(folder: Path) -> None:
    made = sorted(folder.glob("*.jsa"), key=lambda path: path.stat().st_mtime)
    for path in made[:-KEPT]:
        path.unlink(missing_ok=True)
