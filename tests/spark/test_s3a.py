"""Spark's own way to the local S3: the locked jars and settings write Parquet that pandas reads."""

import json
import os
import subprocess
import sys

import boto3
import pandas as pd
import pytest
from moto.server import ThreadedMotoServer

from infra.publish import REPOSITORY
from local_cloud import s3
from local_cloud.java import ensure_java
from local_cloud.process import free_port
from local_cloud.s3a.spark_conf import local_mode, write_spark_conf
from tests.photographs import orchard
from verger.contract import STAGES
from verger.lake.store import Lake
from verger.machine.jars import ensure_jars
from verger.machine.java import QUICK_JVM

WRITE_AND_READ_BACK = """
import sys
from threading import Thread

from pyspark.sql import SparkSession

spark = SparkSession.builder.master('local[2]').getOrCreate()
words = spark.range(0, 1000, numPartitions=12).selectExpr("id", "concat('é%# ', id % 5) AS label")
writers = [Thread(target=words.write.mode("append").parquet, args=[a]) for a in sys.argv[1:]]
for writer in writers:
    writer.start()
for writer in writers:
    writer.join()
for address in sys.argv[1:]:
    assert spark.read.parquet(address).count() == 1000, address
    assert spark.read.parquet(address.replace("s3://", "s3a://")).count() == 1000, address
"""


@pytest.fixture
def lake(tmp_path):
    """The folder behind s3://lake, and the environment of a Spark that finds that bucket."""
    keys, port = s3.Keys(), free_port()
    folder = tmp_path / "s3" / "lake"
    folder.mkdir(parents=True)
    conf = write_spark_conf(tmp_path / "conf", f"http://127.0.0.1:{port}", ensure_jars())
    service = s3.server(tmp_path / "s3", port, keys, tmp_path / "log")
    service.start()
    settings = {"SPARK_CONF_DIR": str(conf), "JAVA_HOME": str(ensure_java())}
    yield folder, {**os.environ, **s3.environment(port, keys), **settings}
    service.stop()


def test_tables_written_side_by_side_over_s3_are_whole_parquet_files_on_disk(lake, tmp_path):
    folder, environment = lake
    script = tmp_path / "job.py"
    script.write_text(WRITE_AND_READ_BACK)
    for table in ("a/b/one", "a/b/two"):  # see Draft: no marker object where something lies
        (folder / table).mkdir(parents=True)
        (folder / table / "_attempt").write_bytes(b"1")
    done = subprocess.run(
        [sys.executable, script, "s3://lake/a/b/one", "s3://lake/a/b/two"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    for table in ("a/b/one", "a/b/two"):
        read = pd.read_parquet(folder / table).sort_values("id")
        assert list(read.id) == list(range(1000))
        assert set(read.label) == {f"é%# {i}" for i in range(5)}
        assert not list((folder / table).rglob(".rclone_temp*"))


@pytest.fixture
def strict_s3(monkeypatch):
    """The address of an S3 that keeps uploads unseen until they are completed, with a bucket."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    for name, value in s3.environment(port, s3.Keys()).items():
        monkeypatch.setenv(name, value)
    place = {"LocationConstraint": s3.REGION}
    boto3.client("s3").create_bucket(Bucket="lake", CreateBucketConfiguration=place)
    yield url
    server.stop()


def test_the_committer_that_emr_writes_by_leaves_what_manifests_name(strict_s3, tmp_path):
    orchard(tmp_path / "in", {"Apple": 6, "Kiwi": 6})
    conf = write_spark_conf(tmp_path / "conf", strict_s3, ensure_jars())
    defaults = conf / "spark-defaults.conf"
    staging, magic = ("spark.hadoop.fs.s3a.committer.name " + of for of in ("directory", "magic"))
    assert staging in defaults.read_text()
    defaults.write_text(defaults.read_text().replace(staging, magic))
    submit = [sys.executable, "-m", "pyspark.find_spark_home"]
    home = subprocess.run(submit, capture_output=True, text=True, check=True).stdout.strip()
    step = str(REPOSITORY / "spark_jobs" / "step.py")
    done = subprocess.run(
        [
            *(f"{home}/bin/spark-submit", "--master", "local[2]"),
            *("--conf", f"spark.driver.defaultJavaOptions={QUICK_JVM}", step, "pipeline"),
            *("--images", str(tmp_path / "in"), "--lake", "s3://lake/of", "--run", "magic"),
            *("--k", "16", "--pca", "4"),
        ],
        env={
            **os.environ,
            "SPARK_CONF_DIR": str(conf),
            "JAVA_HOME": str(ensure_java()),
            "PYSPARK_PYTHON": sys.executable,
            "PYSPARK_DRIVER_PYTHON": sys.executable,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    lake = Lake.at("s3://lake/of")
    successes = [item.key for item in lake.storage.list() if item.key.endswith("/_SUCCESS")]
    assert successes
    for key in successes:
        assert json.loads(lake.storage.read(key))["committer"] == "magic"
    for stage in STAGES:
        record = lake.noted("magic", stage)
        for address in record.checkpoints:
            kind, fingerprint = address.removeprefix("s3://lake/of/").split("/")[:2]
            found = lake.find(kind, fingerprint, content=True)
            assert found is not None, address
            assert not [key for key in found.manifest.files if "__magic" in key]


WHERE = """
import sys
from pyspark.sql import SparkSession
spark = SparkSession.builder.master('local[1]').getOrCreate()
spark.range(9).repartition(2).write.option('compression', 'zstd').parquet(sys.argv[1])
print(spark._jvm.java.lang.System.getProperty('java.io.tmpdir'), spark.conf.get('spark.local.dir'))
"""


def test_native_libraries_and_what_spark_sets_aside_lie_beside_the_run(tmp_path):
    temporary = tmp_path / "a folder" / "tmp"
    temporary.mkdir(parents=True)
    conf = write_spark_conf(
        tmp_path / "conf", "http://127.0.0.1:9", ensure_jars(), local_mode(temporary)
    )
    settings = {"SPARK_CONF_DIR": str(conf), "JAVA_HOME": str(ensure_java())}
    done = subprocess.run(
        [sys.executable, "-c", WHERE, str(tmp_path / "table")],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() == f"{temporary} {temporary}"
