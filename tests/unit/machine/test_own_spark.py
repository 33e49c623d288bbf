"""A Spark of our own: what the user's environment says of other Sparks does not reach it."""

import os
import sys

import boto3
import pytest

from verger.errors import VergerError
from verger.machine import java, own_spark, s3a
from verger.objects import s3


@pytest.fixture
def fresh(monkeypatch, tmp_path):
    """No keys but those that a test brings, and no client of an earlier test."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    s3.client.__wrapped__.cache_clear()
    yield tmp_path
    s3.client.__wrapped__.cache_clear()


def test_other_sparks_pythons_and_javas_are_left_alone(monkeypatch, tmp_path):
    for name in ("SPARK_HOME", "HADOOP_CONF_DIR", "YARN_CONF_DIR"):
        monkeypatch.setenv(name, "/opt/another")
    for name in ("PYSPARK_PYTHON", "PYSPARK_DRIVER_PYTHON"):
        monkeypatch.setenv(name, "/usr/bin/python2")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setenv("LC_ALL", "C")
    own_spark.set_apart()
    assert not {"SPARK_HOME", "HADOOP_CONF_DIR", "YARN_CONF_DIR"} & set(os.environ)
    assert os.environ["PYSPARK_PYTHON"] == sys.executable
    assert os.environ["LC_ALL"] == "C.UTF-8"
    assert java.major_version(own_spark.need_java()) in java.SUPPORTED
    assert own_spark.settings(tables_in_s3=False)["spark.hadoop.fs.defaultFS"] == "file:///"


def test_an_administrators_settings_of_workers_are_left_alone(monkeypatch, tmp_path):
    daemon = "spark.python.daemon.module"
    monkeypatch.delenv("SPARK_CONF_DIR", raising=False)
    assert daemon in own_spark.settings(tables_in_s3=False)
    monkeypatch.setenv("SPARK_CONF_DIR", str(tmp_path))
    assert daemon not in own_spark.settings(tables_in_s3=False)


def test_a_machine_without_java_says_what_to_install(monkeypatch):
    monkeypatch.setattr(java, "_candidates", lambda: iter(()))
    with pytest.raises(VergerError, match="there is none here: install one"):
        java.need_java()


def test_a_profile_is_all_that_s3_needs(fresh, monkeypatch):
    (fresh / "credentials").write_text(
        "[fruits]\naws_access_key_id = a\naws_secret_access_key = hidden\n"
    )
    (fresh / "config").write_text(
        "[profile fruits]\nregion = eu-west-3\nendpoint_url = http://127.0.0.1:9\n"
    )
    monkeypatch.setenv("AWS_PROFILE", "fruits")
    settings = s3a.as_boto3_has_it()
    assert settings["spark.hadoop.fs.s3a.endpoint"] == "http://127.0.0.1:9"
    assert settings["spark.hadoop.fs.s3a.endpoint.region"] == "eu-west-3"
    assert settings["spark.hadoop.fs.s3a.aws.credentials.provider"].endswith(
        "ProfileCredentialsProvider"
    )
    assert "hidden" not in str(settings)


def test_aws_own_s3_is_found_by_its_region(fresh, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-3")
    settings = s3a.as_boto3_has_it()
    assert settings["spark.hadoop.fs.s3a.endpoint.region"] == "eu-west-3"
    assert "spark.hadoop.fs.s3a.endpoint" not in settings


def test_without_keys_the_ways_to_bring_some_are_named(fresh):
    with pytest.raises(VergerError, match="AWS_ACCESS_KEY_ID"):
        s3a.as_boto3_has_it()
