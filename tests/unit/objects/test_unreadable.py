"""One object that cannot be read is told from a storage that cannot be."""

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from verger.errors import ObjectGoneError, ObjectUnreadableError
from verger.objects import s3
from verger.objects.bucket import Bucket
from verger.objects.folder import Folder


@pytest.fixture
def bucket(monkeypatch):
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="fruits")
        yield Bucket("s3", "fruits", "", client)


def test_an_archived_photograph_says_what_to_do(bucket):
    bucket.client.put_object(Bucket="fruits", Key="a.jpg", Body=b"a", StorageClass="GLACIER")
    with pytest.raises(ObjectUnreadableError, match="archived in S3 Glacier: restore it"):
        bucket.read("a.jpg")


def test_a_bucket_that_is_not_there_is_no_photograph_that_has_gone(bucket):
    with pytest.raises(ClientError, match="NoSuchBucket"):
        Bucket("s3", "vegetables", "", bucket.client).read("a.jpg")


@pytest.mark.parametrize("key", ["Apple/tab\there.jpg", "a//b.jpg", "Açaí/line\nbreak.jpg"])
def test_keys_that_object_store_refuses_are_read_by_boto3(bucket, monkeypatch, key):
    monkeypatch.setattr(s3, "client", lambda: bucket.client)
    bucket.write(key, b"content")
    (listed,) = bucket.list()
    assert listed.key == key
    assert s3.get("fruits", key, listed.etag) == b"content"


def test_a_folder_in_place_of_a_file_cannot_be_read(tmp_path):
    (tmp_path / "a.jpg").mkdir()
    with pytest.raises(ObjectUnreadableError, match=r"a\.jpg cannot be read: Is a directory"):
        Folder(str(tmp_path)).read("a.jpg")
    with pytest.raises(ObjectGoneError):
        Folder(str(tmp_path)).read("b.jpg")
