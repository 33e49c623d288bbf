"""The local S3, as the Spark jobs use it: odd keys, atomic objects, nothing for strangers."""

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest
from botocore.exceptions import ClientError

from local_cloud import s3
from local_cloud.process import free_port
from tests.emr_endpoint import eventually
from verger.errors import ObjectGoneError, VergerError
from verger.objects import s3 as clients
from verger.objects.addresses import open_storage

ODD = [
    "Açaí/é.jpg",
    "a b/1 2.jpg",
    "l'o\"r/1.jpg",
    "50%/1.jpg",
    "a#b/1.jpg",
    "c+d/1.jpg",
    "~/1.jpg",
]

LISTED_SECONDS = 60  # rclone by itself remembers listings for five minutes


@pytest.fixture
def served(tmp_path, monkeypatch):
    """A running server on a folder, found through the environment."""
    keys, port = s3.Keys(), free_port()
    (tmp_path / "s3" / "bucket").mkdir(parents=True)
    service = s3.server(tmp_path / "s3", port, keys, tmp_path / "log")
    for name, value in s3.environment(port, keys).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it remembers the keys it saw first
    clients.client.__wrapped__.cache_clear()
    clients.store.__wrapped__.cache_clear()
    service.start()
    yield service
    service.stop()
    clients.client.__wrapped__.cache_clear()
    clients.store.__wrapped__.cache_clear()


@pytest.mark.usefixtures("served")
def test_odd_keys_are_written_listed_and_read():
    bucket = open_storage("s3://bucket/in")
    for key in ODD:
        bucket.write(key, key.encode())
    listed = {item.key: item for item in bucket.list()}
    assert set(listed) == set(ODD)
    for key, item in listed.items():
        assert item.etag == hashlib.md5(key.encode(), usedforsecurity=False).hexdigest()
        assert bucket.read(key, item.etag) == key.encode()


# What people's files are called; rclone shows characters that control as their pictures.
ODD_FILES = ["Açaí.jpg", "Ac\u0327ai\u0301.jpg", "a\uff0fb.jpg", "\uff0e", "\t.jpg", "\n.jpg"]


@pytest.mark.usefixtures("served")
def test_every_file_is_an_object_that_can_be_read_whatever_its_name(tmp_path):
    for name in ODD_FILES:
        (tmp_path / "s3" / "bucket" / name).write_bytes(name.encode())
    bucket = open_storage("s3://bucket")
    read = {bucket.read(item.key, item.etag) for item in bucket.list()}
    assert read == {name.encode() for name in ODD_FILES}


@pytest.mark.usefixtures("served")
def test_what_is_put_into_the_folder_or_removed_from_it_is_seen(tmp_path):
    bucket, folder = open_storage("s3://bucket"), tmp_path / "s3" / "bucket"
    bucket.write("a.jpg", b"a")
    assert list(bucket.sizes("")) == ["a.jpg"]
    (folder / "b.jpg").write_bytes(b"b")
    eventually(lambda: list(bucket.sizes("")) == ["a.jpg", "b.jpg"], "the file", LISTED_SECONDS)
    assert bucket.read("b.jpg") == b"b"
    (folder / "a.jpg").unlink()
    eventually(lambda: list(bucket.sizes("")) == ["b.jpg"], "its removal", LISTED_SECONDS)
    with pytest.raises(ObjectGoneError):
        bucket.read("a.jpg")


@pytest.mark.usefixtures("served")
def test_times_are_read_as_boto3_reads_them():
    open_storage("s3://bucket").write("a.jpg", b"a")
    listed = [by.list_objects_v2(Bucket="bucket") for by in (clients.client(), boto3.client("s3"))]
    ours, theirs = (one["Contents"][0]["LastModified"] for one in listed)
    assert ours == theirs
    asked = [by.head_object(Bucket="bucket", Key="a.jpg")
             for by in (clients.client(), boto3.client("s3"))]  # fmt: skip
    ours, theirs = (one["LastModified"] for one in asked)
    assert ours == theirs


@pytest.mark.usefixtures("served")
def test_a_missing_object_is_gone_and_a_prefix_is_a_folder_not_a_beginning():
    bucket = open_storage("s3://bucket")
    bucket.write("spring/a.jpg", b"a")
    bucket.write("springtime/b.jpg", b"b")
    assert list(bucket.sizes("spring")) == ["spring/a.jpg"]
    with pytest.raises(ObjectGoneError):
        bucket.read("spring/missing.jpg")


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize("by_boto3", [False, True])
def test_an_object_that_was_replaced_since_it_was_listed_is_gone(by_boto3):
    bucket = open_storage("s3://bucket", clients.client() if by_boto3 else None)
    bucket.write("a.jpg", b"old")
    (listed,) = (item for item in bucket.list() if item.key == "a.jpg")
    assert bucket.read("a.jpg", listed.etag) == b"old"
    bucket.write("a.jpg", b"new")
    with pytest.raises(ObjectGoneError):
        bucket.read("a.jpg", listed.etag)
    assert bucket.read("a.jpg") == b"new"
    with pytest.raises(ObjectGoneError):
        bucket.read("b.jpg")


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize("by_boto3", [False, True])
def test_a_bucket_that_does_not_exist_is_a_mistake_and_not_an_object_that_has_gone(by_boto3):
    nowhere = open_storage("s3://nowhere", clients.client() if by_boto3 else None)
    with pytest.raises((FileNotFoundError, ClientError), match="NoSuchBucket"):
        nowhere.read("a.jpg")


@pytest.mark.usefixtures("served")
def test_without_credentials_the_message_says_what_to_set(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    # Nor those of whoever runs this test.
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(VergerError, match="set AWS_ACCESS_KEY_ID"):
        open_storage("s3://bucket").read("a.jpg")


@pytest.mark.usefixtures("served")
def test_threads_that_start_together_share_one_client():
    with ThreadPoolExecutor(8) as pool:
        stores = list(pool.map(clients.store, ["bucket"] * 8))
    assert all(store is stores[0] for store in stores)


def test_objects_survive_a_restart(served):
    open_storage("s3://bucket").write("a", b"kept")
    served.stop()
    served.start()
    assert open_storage("s3://bucket").read("a") == b"kept"


@pytest.mark.usefixtures("served")
def test_a_stranger_is_refused():
    stranger = boto3.client("s3", aws_access_key_id="other", aws_secret_access_key="wrong")
    with pytest.raises(ClientError):
        stranger.list_objects_v2(Bucket="bucket")


@pytest.mark.usefixtures("served")
def test_the_keys_are_on_no_command_line():
    import psutil

    secret = os.environ["AWS_SECRET_ACCESS_KEY"]
    lines = [" ".join(p.info["cmdline"] or ()) for p in psutil.process_iter(["cmdline"])]
    assert any("serve s3" in line for line in lines)
    assert not any(secret in line for line in lines)
