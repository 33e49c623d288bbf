"""A year of daily deliveries: no day takes longer than the first ones, nor a refit at its end."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator, Sequence

from benchmarks.growing import Orchard, Runs
from benchmarks.measure import MEGABYTE, PeakMemory, Timing
from benchmarks.options import Options
from benchmarks.report import NOISE, Bar, Row
from verger.contract import STAGES
from verger.spark.session import LazySession

DAYS = 365
A_DAY = 5
SOME = 10  # days whose median is compared

log = logging.getLogger("benchmarks")


def measure(options: Options) -> Iterator[Row]:
    """One lake through a year, with published models; then a refit, there and in an empty lake.

    The days between the first and the last are planned and imported, which makes their segments.
    """
    os.environ.setdefault("SPARK_LOCAL_DIRS", str(options.work))
    orchard = Orchard(options)
    orchard.grow(options.photographs)
    with LazySession("benchmark: a year") as session, PeakMemory() as memory:
        runs = Runs(orchard, options.work / "lake-of-a-year", session)
        runs.publish(runs.run(runs.listing(), reuse=False))
        days, segments = _a_year(orchard, runs)
        refit = _seconds(runs, reuse=False)
        at_once = Runs(orchard, options.work / "lake-of-once", session)
        anew = _seconds(at_once, reuse=False)
    peak = memory.peak_bytes // MEGABYTE
    first, last = Timing(days[1 : SOME + 1], peak, None), Timing(days[-SOME:], peak, None)
    yield Row(
        f"{DAYS} daily deliveries",
        f"{A_DAY} photographs a day into {options.photographs:,}, preset fruits, published "
        "models; plan and all stages in one warm session",
        {
            f"a day, the first {SOME}": first,
            f"a day, the last {SOME}": last,
            "refit after the year": Timing((refit,), peak, None),
            "the same photographs in an empty lake": Timing((anew,), peak, None),
        },
        [
            Bar("faster in the last days than in the first", NOISE, first.median / last.median),
            Bar("faster to refit than to begin anew", NOISE, anew / refit),
        ],
        {
            "segments at the end, and at most": f"{segments[-1]} and {max(segments)}",
            "the day that caught up with those that were only imported, seconds": round(
                days[-SOME - 1], 1
            ),
        },
    )


def _a_year(orchard: Orchard, runs: Runs) -> tuple[tuple[float, ...], list[int]]:
    """Seconds of each day's run, and the segments that it had."""
    seconds: list[float] = []
    segments: list[int] = []
    for day in range(DAYS):
        orchard.grow(orchard.photographs + A_DAY)
        stages = STAGES if day <= SOME or day >= DAYS - SOME - 1 else STAGES[:1]
        seconds.append(_seconds(runs, reuse=True, stages=stages))
        segments.append(runs.segments)
        log.info("day %d: %.1f s, %d segments", day + 1, seconds[-1], segments[-1])
    return tuple(seconds), segments


def _seconds(runs: Runs, *, reuse: bool, stages: Sequence[str] = STAGES) -> float:
    listing = runs.listing()
    started = time.perf_counter()
    runs.run(listing, reuse, stages)
    return time.perf_counter() - started
