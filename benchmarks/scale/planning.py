"""What planning takes for each photograph: measured, in a process of its own."""

from __future__ import annotations

import hashlib
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version

from verger.config.settings import FRUITS
from verger.contract import OPENCV
from verger.lake.store import Lake
from verger.objects.storage import StoredObject
from verger.planning.planner import RunRequest, make_plan

FEW, MANY = 50_000, 250_000
LABELS = 131


@dataclass(frozen=True)
class Planning:
    """For each photograph of a collection that a run finds: seconds, and bytes of memory."""

    seconds: float
    bytes: float


def measured() -> Planning:
    """The slope between two sizes: what is the same for both cancels out."""
    few, many = (_in_a_process(photographs) for photographs in (FEW, MANY))
    more = MANY - FEW
    return Planning((many.seconds - few.seconds) / more, (many.bytes - few.bytes) / more)


def listing(photographs: int) -> Iterator[StoredObject]:
    """What S3 says of a collection, as far as planning looks at it."""
    for number in range(photographs):
        etag = hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest()
        key = f"Training/Fruit {number % LABELS}/r_{number:09d}_100.jpg"
        yield StoredObject(key, 5_000, etag)


def _in_a_process(photographs: int) -> Planning:
    words = [sys.executable, "-m", "benchmarks.scale.planning", str(photographs)]
    told = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    seconds, size = told.split()
    return Planning(float(seconds), float(size))


def _plan(photographs: int) -> None:
    """A day after the first run: everything is in the catalogue, a hundred photographs are new."""
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake.at(folder)
        request = RunRequest("first", "s3://photographs", FRUITS)
        make_plan(request, lake, listing(photographs), version(OPENCV))
        started = time.process_time()
        daily = RunRequest("daily", "s3://photographs", FRUITS)
        make_plan(daily, lake, listing(photographs + 100), version(OPENCV))
        seconds = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(seconds, peak)  # noqa: T201  for the process that asked


if __name__ == "__main__":
    _plan(int(sys.argv[1]))
