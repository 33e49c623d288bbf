"""New photographs into many: the time must depend on the new ones alone."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from benchmarks.measure import MEGABYTE, PeakMemory, Timing
from benchmarks.options import Options
from benchmarks.report import NOISE, Bar, Row
from verger.cli.flags import DRIVER_MEGABYTES
from verger.config.settings import FRUITS
from verger.contract import OPENCV, STAGES
from verger.lake.store import Lake
from verger.objects.addresses import open_storage
from verger.objects.storage import StoredObject
from verger.operations.promotion import publish
from verger.planning.planner import RunRequest, make_plan
from verger.spark.session import LazySession
from verger.stages.pipeline import run_stage

NEW = 100


class Orchard:
    """A folder that photographs land in: links to real ones, again and again under new names."""

    def __init__(self, options: Options) -> None:
        self.folder = options.work / "orchard"
        self.photographs = 0
        self._contents = options.paths(options.photographs)
        self._images = options.images

    def grow(self, photographs: int) -> None:
        """Let more photographs land, until there are so many."""
        for i in range(self.photographs, photographs):
            turn, which = divmod(i, len(self._contents))
            path = self._contents[which]
            place = self.folder / path.relative_to(self._images).parent
            place.mkdir(parents=True, exist_ok=True)
            (place / f"{turn}-{path.name}").symlink_to(path.resolve())
        self.photographs = photographs


class Runs:
    """Runs of the whole method on an orchard, in one session."""

    def __init__(self, orchard: Orchard, lake: Path, session: LazySession) -> None:
        self._images = str(orchard.folder)
        self._lake = Lake.at(str(lake))
        self._session = session

    def listing(self) -> list[StoredObject]:
        """All photographs there are."""
        return list(open_storage(self._images).list())

    def run(self, listing: list[StoredObject], reuse: bool) -> str:
        """Plan, and do what the plan says. Returns the run's id."""
        request = RunRequest(uuid.uuid4().hex, self._images, FRUITS, reuse=reuse)
        make_plan(request, self._lake, listing, version(OPENCV))
        for stage in STAGES:
            run_stage(stage, self._lake, request.run_id, self._session.get, DRIVER_MEGABYTES)
        return request.run_id

    def publish(self, run_id: str) -> None:
        """Make a run's models the ones that later runs reuse."""
        publish(self._lake, run_id)


def measure(options: Options) -> Iterator[Row]:
    """One lake grows through all sizes; at each, so often 100 more arrive (the first: warm-up)."""
    os.environ.setdefault("SPARK_LOCAL_DIRS", str(options.work))
    orchard = Orchard(options)
    timings: dict[str, Timing] = {}
    listed: dict[str, float] = {}
    with LazySession("benchmark: increment") as session:
        runs = Runs(orchard, options.work / "lake-of-increments", session)
        for size in options.increments:
            orchard.grow(size)
            done = runs.run(runs.listing(), reuse=bool(timings))
            runs.publish(done)
            name = f"{NEW} into {size:,}"
            timings[name], listed[name] = _increments(orchard, runs, options.repeats)
    medians = [timing.median for timing in timings.values()]
    yield Row(
        f"{NEW} new photographs",
        "preset fruits, published models; plan and all stages in one warm session",
        timings,
        [Bar("faster than at the fewest photographs", NOISE, medians[0] / medians[-1])],
        {
            "seconds to list the folder, not counted above": ", ".join(
                f"{seconds:.2f}" for seconds in listed.values()
            ),
            "new photographs per second": ", ".join(f"{NEW / one:,.0f}" for one in medians),
        },
    )


def _increments(orchard: Orchard, runs: Runs, repeats: int) -> tuple[Timing, float]:
    """What so many increments took, and the last listing, which grows with all photographs."""
    seconds: list[float] = []
    peak = 0
    for _ in range(1 + repeats):
        orchard.grow(orchard.photographs + NEW)
        started = time.perf_counter()
        listing = runs.listing()
        listed = time.perf_counter()
        with PeakMemory() as memory:
            runs.run(listing, reuse=True)
        seconds.append(time.perf_counter() - listed)
        peak = max(peak, memory.peak_bytes)
    return Timing(tuple(seconds[1:]), peak // MEGABYTE, None), listed - started
