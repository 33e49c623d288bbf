"""The Spark session of a job, and the settings that follow from the data instead of from luck."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from verger.machine import own_spark
from verger.machine.java import QUICK_JVM
from verger.spark.progress import Progress
from verger.spark.tasks import divide

if TYPE_CHECKING:
    from types import TracebackType

    from pyspark.sql import SparkSession

log = logging.getLogger("verger")
MEGABYTE = 1 << 20
# What a task holds at once, whatever its rows are like: in a batch for Python, and in a row group
# of Parquet, which is written and read as a whole. A heap has Spark's 128 MB of descriptors three
# times, as bytes of the file and as a column that doubles as it grows: two such tasks fill 1 GB.
BATCH_BYTES = 16 * MEGABYTE
BATCH_ROWS = 1024
ROW_GROUP_BYTES = 16 * MEGABYTE


def spark_session(
    name: str, quick_jvm: bool = False, *, tables_in_s3: bool = False
) -> SparkSession:
    """The session of this process; master and deployment come from spark-submit's settings.

    Without spark-submit all of Spark is in this process, nobody else reaches it, and it needs
    nothing of what the user's environment says of other Sparks; its JVM may then be one that
    starts quickly, for work that has no long loops in it (MLlib's are). A Python worker has one
    core, so the libraries in it get one thread each.
    """
    own = own_spark.is_own()
    if own:
        own_spark.set_apart()
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    from pyspark.accumulators import AccumulatorServer
    from pyspark.sql import SparkSession

    # Where the JVM has died, the call that waits for it says so in a line. Py4J, which logs as the
    # root, and a server whose connection has ended with it would each print a traceback before.
    logging.getLogger().addFilter(_is_not_of_py4j)
    AccumulatorServer.handle_error = _without_a_word  # type: ignore[method-assign,assignment]
    builder = SparkSession.builder.appName(name)
    if own:
        for key, value in own_spark.settings(tables_in_s3=tables_in_s3).items():
            builder = builder.config(key, value)
        options = f"{QUICK_JVM if quick_jvm else ''} {own_spark.java_options()}".strip()
        if options:
            builder = builder.config("spark.driver.defaultJavaOptions", options)
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
        builder = builder.config(f"spark.executorEnv.{variable}", "1")
    settings = {
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.sql.execution.arrow.maxBytesPerBatch": str(BATCH_BYTES),
        "spark.sql.execution.arrow.maxRecordsPerBatch": str(BATCH_ROWS),
        "spark.hadoop.parquet.block.size": str(ROW_GROUP_BYTES),
        # Pages are written with checksums anyway; without this nobody looks at them.
        "spark.hadoop.parquet.page.verify-checksum.enabled": "true",
        "spark.sql.session.timeZone": "UTC",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.parquet.compression.codec": "zstd",
    }
    for key, value in settings.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    divide(session)
    return session


def _without_a_word(*about: object) -> None:
    """In place of `socketserver.BaseServer.handle_error`."""
    log.debug("a connection of Spark's sums ended with an error: %s", about, exc_info=True)


def _is_not_of_py4j(record: logging.LogRecord) -> bool:
    return Path(record.pathname).parent.name != "py4j"


class LazySession:
    """A session that starts when the first stage has work to do, and stops with the block."""

    def __init__(self, name: str, quick_jvm: bool = False, *, tables_in_s3: bool = False) -> None:
        self._name = name
        self._quick_jvm = quick_jvm
        self._tables_in_s3 = tables_in_s3
        self._spark: SparkSession | None = None
        self._progress: Progress | None = None

    def get(self) -> SparkSession:
        """The session, started at the first call."""
        if self._spark is None:
            self._spark = spark_session(
                self._name, self._quick_jvm, tables_in_s3=self._tables_in_s3
            )
            self._progress = Progress(self._spark.sparkContext)
            self._progress.start()
        return self._spark

    def __enter__(self) -> LazySession:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._progress is not None:
            self._progress.stop()
        if self._spark is not None:
            self._spark.stop()
