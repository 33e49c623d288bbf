"""S3 is asked in the region where a bucket is, and never at its global address by default."""

import os

import boto3
import pytest
from moto import mock_aws

from verger.errors import VergerError
from verger.objects import s3


@pytest.fixture
def unset(monkeypatch, tmp_path):
    """An environment as EMR's nodes have it: no AWS variable at all, no profile."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    for cached in (s3.client.__wrapped__, s3.store.__wrapped__):
        cached.cache_clear()
    yield monkeypatch
    for cached in (s3.client.__wrapped__, s3.store.__wrapped__):
        cached.cache_clear()


def test_without_any_region_nothing_is_asked_and_the_remedy_is_told(unset):
    with pytest.raises(VergerError, match="no region for S3: set AWS_DEFAULT_REGION"):
        s3.client()


def test_the_region_that_a_cluster_gives_its_nodes_is_used(unset):
    unset.setenv("AWS_DEFAULT_REGION", "eu-west-3")
    assert s3.client().meta.endpoint_url == "https://s3.eu-west-3.amazonaws.com"


@pytest.mark.parametrize("ours", ["eu-west-3", "us-east-1"])
@pytest.mark.parametrize("region", ["eu-west-3", "eu-central-1"])
def test_photographs_are_fetched_from_where_their_bucket_is(unset, ours, region):
    unset.setenv("AWS_DEFAULT_REGION", ours)
    with mock_aws():
        where = {"LocationConstraint": region}
        boto3.client("s3", region).create_bucket(Bucket="fruits", CreateBucketConfiguration=where)
        config = s3.store("fruits").config
    assert config["region"] == region
    assert config["endpoint"] == f"https://s3.{region}.amazonaws.com"
