"""`verger pipeline` on one machine, with what a user has: folders, S3, a profile."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from local_cloud import s3
from local_cloud.process import free_port
from tests.photographs import orchard
from verger.contract import STAGES

VERGER = Path(sys.executable).with_name("verger")
SMALL = ("--k", "12", "--pca", "3", "--sample-per-word", "40")
OF_THE_USER = ("SPARK_CONF_DIR", "PYSPARK_SUBMIT_ARGS", "PYSPARK_GATEWAY_PORT")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A local S3 with photographs in s3://fruits and an empty s3://lake; and the photographs."""
    folder, keys, port = tmp_path_factory.mktemp("alone"), s3.Keys(), free_port()
    orchard(folder / "s3" / "fruits", {"Apple": 4, "Kiwi é": 3})
    (folder / "s3" / "lake").mkdir()
    server = s3.server(folder / "s3", port, keys, folder / "log")
    server.start()
    (folder / "credentials").write_text(
        f"[orchard]\naws_access_key_id = {keys.access}\naws_secret_access_key = {keys.secret}\n"
    )
    (folder / "config").write_text(
        f"[profile orchard]\nregion = eu-west-3\nendpoint_url = http://127.0.0.1:{port}\n"
    )
    yield folder
    server.stop()


def pipeline(place, images, lake, **environment):
    """Exit status, result, and what was said, where only a profile says what S3 is."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    profile = {
        "AWS_PROFILE": "orchard",
        "AWS_SHARED_CREDENTIALS_FILE": str(place / "credentials"),
        "AWS_CONFIG_FILE": str(place / "config"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    done = subprocess.run(
        [VERGER, "pipeline", f"--images={images}", f"--lake={lake}", *SMALL],
        env={k: v for k, v in clean.items() if k not in OF_THE_USER} | profile | environment,
        capture_output=True,
        check=False,
    )
    said = done.stderr.decode()
    return done.returncode, json.loads(done.stdout) if done.stdout else None, said


@pytest.fixture(scope="module")
def in_s3(place):
    """A run over s3://fruits into s3://lake."""
    status, summary, said = pipeline(place, "s3://fruits", "s3://lake/spring")
    assert status == 0, said[-3000:]
    return summary


def test_photographs_and_lake_in_s3_need_a_profile_and_nothing_else(place, in_s3):
    assert in_s3["images"] == 7
    csv = in_s3["features_csv"].removeprefix("s3://")
    assert (place / "s3" / csv).read_text().startswith("label,pca_000")


def test_a_folder_of_the_same_photographs_is_the_same_collection(place, in_s3):
    status, summary, said = pipeline(place, place / "s3" / "fruits", "s3://lake/spring")
    assert status == 0, said[-3000:]
    assert summary["reused"] == list(STAGES)


def test_a_lake_in_a_folder_holds_the_same_however_odd_the_surroundings(place, in_s3, tmp_path):
    elsewhere = {
        "PYSPARK_PYTHON": "/usr/bin/python3",
        "SPARK_HOME": "/opt/another/spark",
        "JAVA_HOME": "/nowhere",
        "HADOOP_CONF_DIR": str(hdfs(tmp_path / "hadoop")),
        "LC_ALL": "C",
        "PYTHONIOENCODING": "ascii",
    }
    status, summary, said = pipeline(place, "s3://fruits", tmp_path / "lake é [1]", **elsewhere)
    assert status == 0, said[-3000:]
    of_s3 = place / "s3" / in_s3["features_csv"].removeprefix("s3://")
    assert Path(summary["features_csv"]).read_bytes() == of_s3.read_bytes()


def hdfs(folder):
    """Settings of a Hadoop whose files lie in HDFS, which is not there."""
    folder.mkdir()
    name, value = "<name>fs.defaultFS</name>", "<value>hdfs://127.0.0.1:9</value>"
    (folder / "core-site.xml").write_text(
        f"<configuration><property>{name}{value}</property></configuration>"
    )
    return folder


@pytest.mark.parametrize(
    ("images", "lake", "words"),
    [
        ("s3://vegetables", "s3://lake/x", "there is no such bucket"),
        ("s3://fruits", "s3://vegetables/x", "there is no such bucket"),
        ("/nowhere/at/all", "s3://lake/x", "there is no such folder"),
    ],
)
def test_a_place_that_is_not_there_is_one_line(place, images, lake, words):
    status, summary, said = pipeline(place, images, lake)
    assert (status, summary) == (1, None)
    assert words in said
    assert "Traceback" not in said


def test_a_profile_that_is_not_there_is_one_line(place):
    status, _, said = pipeline(place, "s3://fruits", "s3://lake/x", AWS_PROFILE="other")
    assert status == 1
    assert "AWS_PROFILE" in said
    assert "Traceback" not in said
