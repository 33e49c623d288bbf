"""Where the seconds of a small run go: stage by stage, by kind of process."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from statistics import median

from benchmarks.measure import Timing
from benchmarks.options import Options
from benchmarks.report import Bar, Row
from benchmarks.watched import KINDS, Phase, watch

# Seconds on two quiet cores; what it takes of processors says more on a machine that others use.
WANTED_SECONDS = 10.0


def measure(options: Options) -> Iterator[Row]:
    """`verger pipeline` as users call it, each time on a new lake."""
    images = options.folder(options.photographs)
    runs = [watch(images, options.work / uuid.uuid4().hex) for _ in range(options.repeats)]
    names = [phase.name for phase in runs[0]]
    timings = {
        name: Timing(tuple(run[i].seconds for run in runs), 0, None) for i, name in enumerate(names)
    }
    whole = median(sum(phase.seconds for phase in run) for run in runs)
    facts = {f"processor seconds, {name}": _told(runs, i) for i, name in enumerate(names)}
    for kind in KINDS:
        used = [sum(phase.processor[kind] for phase in run) for run in runs]
        facts[f"processor seconds of the {kind}"] = f"{median(used):.1f}"
    yield Row(
        "stages of a pipeline",
        f"{options.photographs:,} photographs, preset fruits, everything new, in a fresh process",
        timings,
        [Bar(f"below {WANTED_SECONDS:g} s on two quiet cores", 1.0, WANTED_SECONDS / whole)],
        {"seconds": f"{whole:.1f}", **facts},
    )


def _told(runs: list[list[Phase]], i: int) -> str:
    medians = {kind: median(run[i].processor[kind] for run in runs) for kind in KINDS}
    return ", ".join(f"{kind} {seconds:.1f}" for kind, seconds in medians.items())
