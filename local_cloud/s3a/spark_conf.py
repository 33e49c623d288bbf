"""Spark's settings for the local S3, as a `spark-defaults.conf`; credentials are not among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from local_cloud.s3 import REGION
from local_cloud.spark_defaults import write_spark_defaults
from verger.machine.java import QUICK_JVM
from verger.machine.python_workers import quick_workers
from verger.machine.s3a import connector, endpoint_settings

LOCAL_MODE: Mapping[str, str] = {
    **quick_workers(),
    # Steps that compute in the JVM ask for both compilers.
    "spark.driver.defaultJavaOptions": QUICK_JVM,
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
}


def local_mode(temporary: Path, java_options: str = "") -> dict[str, str]:
    """LOCAL_MODE with more options of the JVM, and with a folder of its own for what Spark sets
    aside and for native libraries, which cannot be loaded from a /tmp that is mounted noexec, nor
    written to one that is full.
    """
    options = f'{QUICK_JVM} "-Djava.io.tmpdir={temporary}" {java_options}'
    return {
        **LOCAL_MODE,
        "spark.driver.defaultJavaOptions": options,
        "spark.local.dir": str(temporary),
    }


def write_spark_conf(
    folder: Path,
    endpoint: str,
    jars: Sequence[Path],
    where: Mapping[str, str] = LOCAL_MODE,
    region: str = REGION,
) -> Path:
    """Write the settings, and those of `where` Spark runs, into a folder for SPARK_CONF_DIR;
    returns the folder. On a cluster drivers and workers must share it: finished files that are
    not committed yet are noted below it, in `staging`.
    """
    (folder / "staging").mkdir(parents=True, exist_ok=True)
    settings = {
        **connector(jars, folder.absolute() / "staging"),
        **endpoint_settings(endpoint, region),
        "spark.driver.memory": "2g",
        "spark.hadoop.fs.s3a.aws.credentials.provider": (
            "software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider"
        ),
    }
    return write_spark_defaults(folder, {**settings, **where})
