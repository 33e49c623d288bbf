"""More photographs: neither time nor memory for each of them may grow."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import psutil

from benchmarks.jobs import ROOT
from benchmarks.measure import MEGABYTE, Timing
from benchmarks.options import Options
from benchmarks.report import NOISE, Bar, Row

TIMES = (1, 2, 4, 8)


@dataclass(frozen=True)
class Peaks:
    """The most memory in megabytes that each kind of process held."""

    driver: int
    jvm: int
    workers: int


def measure(options: Options) -> Iterator[Row]:
    """The largest run takes all of `--photographs`, the smallest an eighth."""
    counts = [options.photographs * times // TIMES[-1] for times in TIMES]
    timings: dict[str, Timing] = {}
    peaks: list[Peaks] = []
    for count in counts:
        seconds, peak = _watched(options, count)
        name = f"{count:,} photographs"
        timings[name] = Timing((seconds,), peak.driver + peak.jvm + peak.workers, None)
        peaks.append(peak)
    times = [timing.median for timing in timings.values()]
    few, many = _slope(times, counts, 0, 2), _slope(times, counts, 2, 3)
    memory = [
        timing.peak_megabytes / count
        for timing, count in zip(timings.values(), counts, strict=True)
    ]
    yield Row(
        "growth",
        "the whole pipeline, preset fruits, in a fresh process",
        timings,
        [
            Bar("less time for one more photograph at the end than before", NOISE, few / many),
            Bar("less memory a photograph than the smallest run", NOISE, memory[0] / memory[-1]),
            Bar(
                "less memory of the driver than in the smallest run",
                NOISE,
                peaks[0].driver / peaks[-1].driver,
            ),
        ],
        {
            "milliseconds for one more photograph": f"{1000 * few:.1f} from 1x to 4x, "
            f"{1000 * many:.1f} from 4x to 8x",
            "peak MB of the driver's Python": ", ".join(str(peak.driver) for peak in peaks),
            "peak MB of the JVM (driver and executor in one, heap as it was given)": ", ".join(
                str(peak.jvm) for peak in peaks
            ),
            "peak MB of all Python workers": ", ".join(str(peak.workers) for peak in peaks),
        },
    )


def _slope(times: Sequence[float], counts: Sequence[int], i: int, j: int) -> float:
    """Seconds that one more photograph takes: what every run has to pay anyway is left out."""
    return (times[j] - times[i]) / (counts[j] - counts[i])


def _watched(options: Options, count: int) -> tuple[float, Peaks]:
    images, lake = options.folder(count), options.work / f"lake-{count}"
    command = [sys.executable, "-m", "benchmarks.jobs.verger_pipeline"]
    paths = {"PYTHONPATH": f"{ROOT}:{ROOT / 'spark_jobs'}"}
    driver = jvm = workers = 0
    started = time.perf_counter()
    with (options.work / f"growth-{count}.log").open("w") as log:
        process = subprocess.Popen(
            [*command, str(images), str(lake), "fruits"],
            env={**os.environ, **paths},
            stdout=log,
            stderr=log,
        )
        while process.poll() is None:
            of_java, of_workers = _children(process.pid)
            driver = max(driver, _resident(psutil.Process(process.pid)))
            jvm, workers = max(jvm, of_java), max(workers, of_workers)
            time.sleep(0.05)
    seconds = time.perf_counter() - started
    if process.returncode:
        raise RuntimeError(f"the pipeline failed on {count} photographs: see {log.name}")
    return seconds, Peaks(driver // MEGABYTE, jvm // MEGABYTE, workers // MEGABYTE)


def _children(pid: int) -> tuple[int, int]:
    """Bytes of the JVM and of the Python workers below it.

    What the JVM is about to start is neither: until it runs, its memory is the JVM's own.
    """
    java = python = 0
    for child in psutil.Process(pid).children(recursive=True):
        try:
            name = child.name()
        except psutil.NoSuchProcess:
            continue
        java += _resident(child) if name == "java" else 0
        python += _resident(child) if name.startswith("python") else 0
    return java, python


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0
