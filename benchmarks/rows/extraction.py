"""Descriptors of packed photographs: a Spark job against a bare loop of decode + ORB."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pyarrow as pa
from pyarrow import parquet

from benchmarks.measure import Timing, side_by_side
from benchmarks.options import Options
from benchmarks.report import Bar, Row
from verger.config.settings import FRUITS
from verger.imaging.orb import Extractor
from verger.machine.java import QUICK_JVM
from verger.spark.frames import spark_schema
from verger.spark.session import spark_session
from verger.spark.tasks import TASKS_PER_CORE
from verger.spark.workers import map_batches
from verger.stages.extract_descriptors import describe
from verger.tables import schemas

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

CORES = (1, 2)
PACKED = pa.schema([*((name, pa.string()) for name in schemas.WHO), ("content", pa.binary())])
# A job has a fixed cost of some tenths of a second; this much work makes it small.
TIMES = 4


def measure(options: Options) -> Iterator[Row]:
    """Sessions, Python workers and processes are warm: the first turn does not count."""
    contents = [path.read_bytes() for path in options.paths(options.photographs)] * TIMES
    packed = _pack(options.work / "packed", contents)
    timings: dict[str, Timing] = {}
    jvm_seconds: list[float] = []
    for cores in CORES:
        found, of_jvm = _on(cores, contents, packed, options.repeats)
        timings |= found
        jvm_seconds.append(of_jvm)
    bare, spark = (
        [timings[f"{name}, {cores} cores"].median for cores in CORES] for name in ("bare", "verger")
    )
    yield Row(
        "extraction from packed photographs",
        f"{len(contents):,} photographs, extractor of preset fruits",
        timings,
        [
            *(
                Bar(f"the bare loop's speed, {cores} cores", 0.9, bare[i] / spark[i])
                for i, cores in enumerate(CORES)
            ),
            Bar(
                "the bare loop's gain by the second core",
                0.9,
                (spark[0] / spark[1]) / (bare[0] / bare[1]),
            ),
        ],
        {
            "photographs per second": f"{len(contents) / spark[0]:,.0f} on one core, "
            f"{len(contents) / spark[1]:,.0f} on two; bare {len(contents) / bare[0]:,.0f} and "
            f"{len(contents) / bare[1]:,.0f}",
            "seconds of processor that the JVM takes for one job, from the same cores where Python "
            "has all": ", ".join(f"{seconds:.1f}" for seconds in jvm_seconds),
            "not counted": "the start of the session and of the workers (warm-up turn)",
        },
    )


def _on(
    cores: int, contents: list[bytes], packed: Path, repeats: int
) -> tuple[dict[str, Timing], float]:
    from pyspark.sql import SparkSession

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    # The session that spark_session then finds, in a JVM as `verger pipeline` has it.
    builder = SparkSession.builder.master(f"local[{cores}]")
    builder.config("spark.driver.defaultJavaOptions", QUICK_JVM).getOrCreate()
    spark = spark_session("benchmark: extraction")
    parts = [contents[i::cores] for i in range(cores)]
    with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as pool:
        contenders: dict[str, Callable[[], object]] = {
            f"verger, {cores} cores": partial(_job, spark, packed),
            f"bare, {cores} cores": lambda: sum(pool.map(_loop, parts)),
        }
        try:
            timings = side_by_side(contenders, repeats)
            before = _jvm_seconds()
            _job(spark, packed)
            return timings, _jvm_seconds() - before
        finally:
            spark.stop()


def _jvm_seconds() -> float:
    """Seconds of processor that the JVM below this process has had."""
    times = [
        process.cpu_times()
        for process in psutil.Process().children(recursive=True)
        if process.name() == "java"
    ]
    return float(sum(one.user + one.system for one in times))


def _job(spark: SparkSession, packed: Path) -> None:
    # The columns are known, as in the pipeline: no job has to look for them.
    photographs = spark.read.schema(spark_schema(PACKED)).parquet(str(packed))
    schema = spark_schema(schemas.DESCRIPTORS)
    described = map_batches(photographs, describe(FRUITS.extractor), schema)
    described.write.format("noop").mode("overwrite").save()


def _loop(contents: list[bytes]) -> int:
    extractor = Extractor(FRUITS.extractor)
    return sum(len(extractor.describe(content)) for content in contents)


def _pack(folder: Path, contents: list[bytes]) -> Path:
    folder.mkdir()
    files = TASKS_PER_CORE * max(CORES)
    for i in range(files):
        part = contents[i::files]
        who = {name: [f"{i}"] * len(part) for name in schemas.WHO}
        table = pa.table({**who, "content": part}, schema=PACKED)
        parquet.write_table(table, folder / f"{i}.parquet")
    return folder
