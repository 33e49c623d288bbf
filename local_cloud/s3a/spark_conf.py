"""Spark's settings for the local S3, as a `spark-defaults.conf`; credentials are not among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from local_cloud.s3 import REGION
from local_cloud.spark_defaults import write_spark_defaults

# A step's JVM lives for seconds and leaves the arithmetic to Python: optimising what it runs costs
# it more than it gains, half of its processor time. So its second compiler waits ten times as long
# as by default; MLlib's loops get there all the same.
LATE_COMPILER = (
    "-XX:Tier4InvocationThreshold=50000 -XX:Tier4MinInvocationThreshold=6000 "
    "-XX:Tier4CompileThreshold=150000 -XX:Tier4BackEdgeThreshold=400000"
)
LOCAL_MODE: Mapping[str, str] = {
    "spark.driver.defaultJavaOptions": LATE_COMPILER,
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
}


def local_mode(temporary: Path) -> dict[str, str]:
    """LOCAL_MODE with a folder of its own for what Spark sets aside and for native libraries, which
    cannot be loaded from a /tmp that is mounted noexec, nor written to one that is full.
    """
    options = f'{LATE_COMPILER} "-Djava.io.tmpdir={temporary}"'
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
    classpath = ":".join(str(jar) for jar in jars)
    s3a = "org.apache.hadoop.fs.s3a"
    committer = "spark.hadoop.mapreduce.outputcommitter.factory.scheme"
    settings = {
        "spark.driver.extraClassPath": classpath,
        "spark.executor.extraClassPath": classpath,
        "spark.driver.memory": "2g",
        # s3:// is S3A, as on EMR since 7.10.
        "spark.hadoop.fs.s3.impl": f"{s3a}.S3AFileSystem",
        "spark.hadoop.fs.s3a.endpoint": endpoint,
        "spark.hadoop.fs.s3a.endpoint.region": region,
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.hadoop.fs.s3a.connection.ssl.enabled": str(endpoint.startswith("https:")).lower(),
        "spark.hadoop.fs.s3a.aws.credentials.provider": (
            "software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider"
        ),
        # The staging committer uploads finished files only: no renames, and none of the folder
        # markers that a server on plain files cannot tell from empty objects.
        f"{committer}.s3": f"{s3a}.commit.S3ACommitterFactory",
        f"{committer}.s3a": f"{s3a}.commit.S3ACommitterFactory",
        "spark.hadoop.fs.s3a.committer.name": "directory",
        "spark.hadoop.fs.s3a.committer.staging.conflict-mode": "append",
        "spark.hadoop.fs.s3a.committer.staging.tmp.path": f"file://{folder.absolute()}/staging",
        "spark.sql.sources.commitProtocolClass": (
            "org.apache.spark.internal.io.cloud.PathOutputCommitProtocol"
        ),
        "spark.sql.parquet.output.committer.class": (
            "org.apache.spark.internal.io.cloud.BindingParquetOutputCommitter"
        ),
    }
    return write_spark_defaults(folder, {**settings, **where})
