"""New photographs into many: the time must depend on the new ones alone."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from benchmarks.growing import Orchard, Runs
from benchmarks.measure import MEGABYTE, PeakMemory, Timing
from benchmarks.options import Options
from benchmarks.report import NOISE, Bar, Row
from verger.spark.session import LazySession

NEW = 100


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
