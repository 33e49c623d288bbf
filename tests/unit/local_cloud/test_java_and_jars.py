"""A Java that Spark runs on, and jars that are what the lock says."""

import pytest

from local_cloud import java
from local_cloud.s3a.spark_conf import write_spark_conf
from verger.errors import VergerError
from verger.machine import jars
from verger.machine import java as machine_java


def fake_java(folder, version):
    (folder / "bin").mkdir(parents=True)
    program = folder / "bin" / "java"
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-01-01' >&2\n")
    program.chmod(0o755)
    return folder


def test_the_java_that_is_found_runs_spark():
    assert machine_java.major_version(java.ensure_java()) in machine_java.SUPPORTED


def test_an_unfit_java_home_is_passed_over(tmp_path, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path / "new", "25.0.1")))
    assert machine_java.find_java() != tmp_path / "new"
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path / "right", "21.0.2")))
    assert machine_java.find_java() == tmp_path / "right"


def test_a_java_that_cannot_be_executed_is_passed_over(tmp_path):
    broken = fake_java(tmp_path / "broken", "17") / "bin" / "java"
    broken.write_bytes(b"\x7fELF of another processor")
    assert machine_java.major_version(tmp_path / "broken") is None


def test_a_folder_without_java_is_none(tmp_path):
    assert machine_java.major_version(tmp_path) is None


def test_the_lock_names_each_jar_once_and_leaves_pysparks_own_alone():
    names = [jar.file_name for jar in jars.locked()]
    assert len(set(names)) == len(names)
    assert "hadoop-aws-3.4.1.jar" in names
    assert not [name for name in names if name.startswith(("netty-buffer", "slf4j", "httpc"))]
    assert not [name for name in names if name.startswith("bundle")]


def test_jars_are_kept_and_a_damaged_one_is_fetched_again(tmp_path):
    paths = jars.ensure_jars(tmp_path)
    smallest = min(paths, key=lambda path: path.stat().st_size)
    content = smallest.read_bytes()
    smallest.write_bytes(b"damaged")
    jars.ensure_jars(tmp_path)
    assert smallest.read_bytes() == content


def test_a_repository_that_cannot_be_reached_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv(jars.REPOSITORY_VARIABLE, "http://127.0.0.1:9/maven")
    with pytest.raises(VergerError, match=jars.REPOSITORY_VARIABLE):
        jars.ensure_jars(tmp_path)


def test_a_jar_that_is_not_the_locked_one_is_refused(tmp_path, monkeypatch):
    other = jars.Jar("org.reactivestreams", "reactive-streams", "1.0.4", "0" * 64)
    monkeypatch.setattr(jars, "locked", lambda: [other])
    with pytest.raises(VergerError, match="is not the file"):
        jars.ensure_jars(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_spark_takes_its_keys_from_the_environment(tmp_path):
    text = (
        write_spark_conf(tmp_path, "http://127.0.0.1:1", []) / "spark-defaults.conf"
    ).read_text()
    assert "fs.s3a.endpoint http://127.0.0.1:1" in text
    assert "EnvironmentVariableCredentialsProvider" in text


@pytest.mark.parametrize(
    ("endpoint", "region", "encrypted"),
    [
        ("http://s3:18080", "us-east-1", "false"),
        ("https://s3.eu-west-3.amazonaws.com", "eu-west-3", "true"),
    ],
)
def test_spark_speaks_tls_where_the_endpoint_does(tmp_path, endpoint, region, encrypted):
    folder = write_spark_conf(tmp_path, endpoint, [], region=region)
    lines = (folder / "spark-defaults.conf").read_text().splitlines()
    assert f"spark.hadoop.fs.s3a.connection.ssl.enabled {encrypted}" in lines
    assert f"spark.hadoop.fs.s3a.endpoint.region {region}" in lines
