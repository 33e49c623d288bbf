"""A Spark of this process's own, whatever Spark, Hadoop or Python the user's environment names."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from verger.machine import classes
from verger.machine.cache import cache_folder
from verger.machine.jars import ensure_jars, kept_jars
from verger.machine.java import need_java
from verger.machine.python_workers import quick_workers
from verger.machine.s3a import as_boto3_has_it, connector

# They name another Spark, or another place than this machine for files.
_OF_OTHERS = ("SPARK_HOME", "HADOOP_HOME", "HADOOP_CONF_DIR", "YARN_CONF_DIR")


def is_own() -> bool:
    """Whether this process starts Spark itself; otherwise `spark-submit` has started it."""
    return "PYSPARK_GATEWAY_PORT" not in os.environ


def set_apart() -> None:
    """Let the JVM and its Python workers use our interpreter, our Spark, a fitting Java, and names
    of files in UTF-8. Raises VergerError if there is no such Java.
    """
    for name in _OF_OTHERS:
        os.environ.pop(name, None)
    # Workers run in the interpreter of the driver, not in whichever `python3` is on PATH.
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    os.environ["JAVA_HOME"] = str(need_java())
    os.environ["LC_ALL"] = "C.UTF-8"
    # Otherwise ports are open to the network.
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")


def settings(*, tables_in_s3: bool) -> dict[str, str]:
    """Settings of a Spark on this machine alone. With tables in S3 it gets the jars for that, and
    boto3's endpoint, region and keys, unless SPARK_CONF_DIR holds an administrator's own.
    """
    own = {
        "spark.hadoop.fs.defaultFS": "file:///",
        "spark.ui.enabled": "false",  # a page on which anybody can stop a job
    }
    if "SPARK_CONF_DIR" in os.environ:
        return own
    own |= quick_workers()
    if not tables_in_s3:
        return {**own, **classes.as_settings(_java())}
    staging = cache_folder() / "staging"
    staging.mkdir(parents=True, exist_ok=True)
    return {**own, **connector(ensure_jars(), staging), **as_boto3_has_it()}


def java_options() -> str:
    """What lets the JVM start quickly; nothing where an administrator has settings of its own."""
    if "SPARK_CONF_DIR" in os.environ:
        return ""
    return classes.java_options(_java(), kept_jars())


def _java() -> Path:
    return Path(os.environ.get("JAVA_HOME") or need_java())
