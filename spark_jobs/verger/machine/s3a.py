"""Spark's settings for S3 by S3A, where neither EMR nor an administrator has made them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from verger.errors import VergerError
from verger.objects import s3

S3A = "org.apache.hadoop.fs.s3a"
_SDK = "software.amazon.awssdk.auth.credentials"
# How Java finds the keys that boto3 has found: by boto3's name for the place.
_PROVIDERS = {
    "env": f"{_SDK}.EnvironmentVariableCredentialsProvider",
    "shared-credentials-file": f"{_SDK}.ProfileCredentialsProvider",
    "config-file": f"{_SDK}.ProfileCredentialsProvider",
    "custom-process": f"{_SDK}.ProfileCredentialsProvider",
    "iam-role": f"{S3A}.auth.IAMInstanceCredentialsProvider",
    "container-role": f"{S3A}.auth.IAMInstanceCredentialsProvider",
}


def connector(jars: Sequence[Path], staging: Path) -> dict[str, str]:
    """S3 by these jars; files that are not committed yet are noted in the folder ``staging``."""
    classpath = ":".join(str(jar) for jar in jars)
    committer = "spark.hadoop.mapreduce.outputcommitter.factory.scheme"
    return {
        "spark.driver.extraClassPath": classpath,
        "spark.executor.extraClassPath": classpath,
        # s3:// is S3A, as on EMR since 7.10.
        "spark.hadoop.fs.s3.impl": f"{S3A}.S3AFileSystem",
        # The staging committer uploads finished files only: no renames, and none of the folder
        # markers that a server on plain files cannot tell from empty objects.
        f"{committer}.s3": f"{S3A}.commit.S3ACommitterFactory",
        f"{committer}.s3a": f"{S3A}.commit.S3ACommitterFactory",
        "spark.hadoop.fs.s3a.committer.name": "directory",
        "spark.hadoop.fs.s3a.committer.staging.conflict-mode": "append",
        "spark.hadoop.fs.s3a.committer.staging.tmp.path": f"file://{staging}",
        "spark.sql.sources.commitProtocolClass": (
            "org.apache.spark.internal.io.cloud.PathOutputCommitProtocol"
        ),
        "spark.sql.parquet.output.committer.class": (
            "org.apache.spark.internal.io.cloud.BindingParquetOutputCommitter"
        ),
    }


def endpoint_settings(endpoint: str, region: str | None) -> dict[str, str]:
    """Where S3 is. AWS's own S3 is found by the region; others are asked by path."""
    encrypted = str(endpoint.startswith("https:")).lower()
    settings = {"spark.hadoop.fs.s3a.connection.ssl.enabled": encrypted}
    if region:
        settings["spark.hadoop.fs.s3a.endpoint.region"] = region
    if not (urlsplit(endpoint).hostname or "").endswith((".amazonaws.com", ".amazonaws.com.cn")):
        settings |= {
            "spark.hadoop.fs.s3a.endpoint": endpoint,
            "spark.hadoop.fs.s3a.path.style.access": "true",
        }
    return settings


def as_boto3_has_it() -> dict[str, str]:
    """Endpoint, region and keys as boto3 finds them: variables, a profile, a role.

    Raises VergerError if it finds no keys.
    """
    import boto3

    credentials = boto3.Session().get_credentials()
    if credentials is None:
        raise VergerError(s3.NO_KEYS)
    meta = s3.client().meta
    provider = _PROVIDERS.get(credentials.method)
    if provider is None:
        # Java knows no such way (single sign-on, an assumed role): what boto3 has got by it.
        _lend(credentials.get_frozen_credentials()._asdict())
        provider = _PROVIDERS["env"]
    return {
        **endpoint_settings(meta.endpoint_url, meta.region_name),
        "spark.hadoop.fs.s3a.aws.credentials.provider": provider,
    }


def _lend(keys: Mapping[str, str | None]) -> None:
    """Put keys where the JVM, a child of this process, finds them."""
    names = {
        "access_key": "AWS_ACCESS_KEY_ID",
        "secret_key": "AWS_SECRET_ACCESS_KEY",
        "token": "AWS_SESSION_TOKEN",
    }
    os.environ.update({name: keys[key] or "" for key, name in names.items() if keys.get(key)})
