"""Small objects out of S3: concurrent GETs, as import_images does, against Spark's binaryFile."""

from __future__ import annotations

import os
from collections.abc import Iterator

import psutil

from benchmarks.jobs import run_timed
from benchmarks.options import Options
from benchmarks.report import Bar, Row
from local_cloud import s3
from local_cloud.process import LOOPBACK, free_port
from local_cloud.s3a.jars import ensure_jars
from local_cloud.s3a.spark_conf import write_spark_conf

VERGER, BINARY_FILE = "verger: concurrent GETs", "Spark binaryFile over S3A"
BARE = "the same GETs without Spark, one process"
BOTO3 = "the same by boto3, one process"


def measure(options: Options) -> Iterator[Row]:
    """All list and read the same bucket of a local S3 server, in one warm session."""
    keys, port = s3.Keys(), free_port()
    s3.mirror(options.folder(options.photographs), options.work / "s3" / "landing")
    conf = write_spark_conf(options.work / "conf", f"http://127.0.0.1:{port}", ensure_jars())
    service = s3.server(options.work / "s3", port, keys, options.work / "s3.log")
    service.start()
    try:
        environment = {
            **os.environ,
            **s3.environment(port, keys),
            "SPARK_CONF_DIR": str(conf),
        }
        (rclone,) = (
            child
            for child in psutil.Process().children()
            if f"{LOOPBACK}:{port}" in child.cmdline()
        )
        arguments = ["s3://landing", str(options.repeats), str(rclone.pid)]
        timings = run_timed("benchmarks.jobs.read_objects", arguments, environment)
    finally:
        service.stop()
    yield Row(
        "read of small objects from S3",
        f"{options.photographs:,} photographs, listed and read",
        timings,
        [Bar(BINARY_FILE, 5.0, timings[BINARY_FILE].median / timings[VERGER].median)],
        {
            "server": "rclone on this machine: it shares the cores with its readers, and answers "
            "without the delay of a network that concurrency hides",
            "objects per second": f"{options.photographs / timings[VERGER].median:,.0f}",
            "seconds of processor in the last turn, readers and server": "; ".join(
                f"{name} {timing.result[0]:.1f} and {timing.result[1]:.1f}"
                for name, timing in timings.items()
            ),
            "not counted": "the start of the session and of the workers (warm-up turn)",
        },
    )
