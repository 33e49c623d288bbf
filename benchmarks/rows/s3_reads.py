"""Small objects out of S3: concurrent GETs, as import_images does, against Spark's binaryFile."""

from __future__ import annotations

import os
from collections.abc import Iterator

import psutil

from benchmarks.jobs import run_timed
from benchmarks.network import delayed
from benchmarks.options import Options
from benchmarks.report import Bar, Row
from local_cloud import s3
from local_cloud.mirror import mirror, survey
from local_cloud.process import LOOPBACK, free_port
from local_cloud.s3a.spark_conf import write_spark_conf
from verger.machine.jars import ensure_jars

NAME = "read of small objects from S3"
VERGER, BINARY_FILE = "verger: concurrent GETs", "Spark binaryFile over S3A"
BARE = "the same GETs without Spark, one process"
BOTO3 = "the same by boto3, one process"
# A tenth of what AWS tells people to expect until the first byte of a small object: 100 to 200 ms
# (Amazon S3 user guide, "Performance design patterns").
NETWORK_SECONDS = 0.01


def measure(options: Options) -> Iterator[Row]:
    """All list and read the same bucket of a local S3 server, in one warm session."""
    keys, port = s3.Keys(), free_port()
    mirror(survey(options.folder(options.photographs)), options.work / "s3" / "landing")
    service = s3.server(options.work / "s3", port, keys, options.work / "s3.log")
    service.start()
    try:
        yield _row(NAME, options, keys, port, port)
        with delayed(port, NETWORK_SECONDS) as far:
            name = f"{NAME}, every answer {1000 * NETWORK_SECONDS:.0f} ms later"
            yield _row(name, options, keys, port, far)
    finally:
        service.stop()


def _row(name: str, options: Options, keys: s3.Keys, port: int, reached_by: int) -> Row:
    """All contenders at a server's port, reached by itself or by the end of a network."""
    endpoint = f"http://{LOOPBACK}:{reached_by}"
    conf = write_spark_conf(options.work / f"conf-{reached_by}", endpoint, ensure_jars())
    environment = {**os.environ, **s3.environment(reached_by, keys), "SPARK_CONF_DIR": str(conf)}
    arguments = ["s3://landing", str(options.repeats), str(_server(port).pid)]
    timings = run_timed("benchmarks.jobs.read_objects", arguments, environment)
    ours, bare, theirs = (timings[name].median for name in (VERGER, BARE, BINARY_FILE))
    return Row(
        name,
        f"{options.photographs:,} photographs, listed and read",
        timings,
        [Bar(BINARY_FILE, 5.0, theirs / ours)],
        {
            "server": "rclone on this machine: it shares the cores with its readers",
            "the same GETs without Spark": f"{theirs / bare:.2f}x",
            "objects per second": f"{options.photographs / ours:,.0f}",
            "seconds of processor in the last turn, readers and server": "; ".join(
                f"{contender} {timing.result[0]:.1f} and {timing.result[1]:.1f}"
                for contender, timing in timings.items()
            ),
            "not counted": "the start of the session and of the workers (warm-up turn)",
        },
    )


def _server(port: int) -> psutil.Process:
    (rclone,) = (
        child for child in psutil.Process().children() if f"{LOOPBACK}:{port}" in child.cmdline()
    )
    return rclone
