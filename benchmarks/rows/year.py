"""A year of daily deliveries: no day takes longer than the first ones, nor a refit at its end."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.growing import Orchard, Runs
from benchmarks.measure import MEGABYTE, PeakMemory, Timing, processor_seconds
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

    Unless all days are asked for whole, those between the first and the last are planned and
    imported, which makes their segments.
    """
    os.environ.setdefault("SPARK_LOCAL_DIRS", str(options.work))
    orchard = Orchard(options)
    orchard.grow(options.photographs)
    with LazySession("benchmark: a year") as session, PeakMemory() as memory:
        runs = Runs(orchard, options.work / "lake-of-a-year", session)
        runs.publish(runs.run(runs.listing(), reuse=False))
        year = _a_year(orchard, runs, whole_days=options.whole_days)
        refit = _seconds(runs, reuse=False)
        at_once = Runs(orchard, options.work / "lake-of-once", session)
        anew = _seconds(at_once, reuse=False)
    peak = memory.peak_bytes // MEGABYTE
    first, last = (
        Timing(tuple(day.seconds for day in days), peak, None)
        for days in (year[1 : SOME + 1], year[-SOME:])
    )
    taken = [
        f"{median(day.processor for day in days):.1f}"
        for days in (year[1 : SOME + 1], year[-SOME:])
    ]
    found = {
        "segments at the end, and at most": (
            f"{year[-1].segments} and {max(day.segments for day in year)}"
        ),
        "seconds of the processor, a day of the first and of the last": " and ".join(taken),
    }
    if not options.whole_days:
        found["the day that caught up with those that were only imported, seconds"] = (
            f"{year[-SOME - 1].seconds:.1f}"
        )
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
        found,
    )


@dataclass(frozen=True)
class Day:
    """What a day's run took, of the clock and of the processor, and the segments that it had."""

    seconds: float
    processor: float
    segments: int


def _a_year(orchard: Orchard, runs: Runs, *, whole_days: bool) -> list[Day]:
    days: list[Day] = []
    for day in range(DAYS):
        orchard.grow(orchard.photographs + A_DAY)
        whole = whole_days or day <= SOME or day >= DAYS - SOME - 1
        before = processor_seconds()
        seconds = _seconds(runs, reuse=True, stages=STAGES if whole else STAGES[:1])
        days.append(Day(seconds, processor_seconds() - before, runs.segments))
        log.info("day %d: %s", day + 1, days[-1])
    return days


def _seconds(runs: Runs, *, reuse: bool, stages: Sequence[str] = STAGES) -> float:
    listing = runs.listing()
    started = time.perf_counter()
    runs.run(listing, reuse, stages)
    return time.perf_counter() - started
