"""Objects under a folder, with S3's manners; and in S3."""

import hashlib
import io

import boto3
import pytest

from local_cloud import s3
from local_cloud.process import free_port
from verger.errors import ObjectGoneError, VergerError
from verger.objects.addresses import open_storage
from verger.objects.bucket import Bucket
from verger.objects.folder import Folder


def test_a_listing_gives_keys_sizes_and_md5_etags(tmp_path):
    (tmp_path / "Apple Red").mkdir()
    (tmp_path / "Apple Red" / "é #1+.jpg").write_bytes(b"abc")
    (item,) = open_storage(str(tmp_path)).list()
    assert (item.key, item.size) == ("Apple Red/é #1+.jpg", 3)
    assert item.etag == hashlib.md5(b"abc", usedforsecurity=False).hexdigest()


def test_links_to_folders_are_followed_once(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.jpg").write_bytes(b"a")
    (tmp_path / "real" / "loop").symlink_to(tmp_path / "real")
    assert len(list(open_storage(str(tmp_path)).list())) == 1


def test_what_was_written_is_read_back(tmp_path):
    storage = open_storage(str(tmp_path))
    storage.write("runs/x/a.json", b"{}")
    assert storage.read("runs/x/a.json") == b"{}"
    assert storage.sizes("runs") == {"runs/x/a.json": 2}


def test_a_replaced_object_is_not_read_under_its_old_etag(tmp_path):
    storage = open_storage(str(tmp_path))
    storage.write("a", b"old")
    (listed,) = storage.list()
    storage.write("a", b"new")
    with pytest.raises(ObjectGoneError):
        storage.read("a", listed.etag)
    with pytest.raises(ObjectGoneError):
        storage.read("missing")


def test_addresses_choose_the_storage():
    assert open_storage("s3://bucket/a/b/") == Bucket("s3", "bucket", "a/b")
    assert open_storage("s3://bucket").root == "s3://bucket"
    assert isinstance(open_storage("some/folder"), Folder)


@pytest.mark.parametrize("address", ["gs://bucket/x", "s3://", "s3:///key"])
def test_other_addresses_are_refused_with_a_hint(address):
    with pytest.raises(VergerError, match="s3://"):
        open_storage(address)


def test_an_object_is_opened_as_a_file_in_a_folder_and_in_s3(tmp_path, monkeypatch):
    content = bytes(range(256)) * 12_000  # three megabytes: more than is read at once
    (tmp_path / "s3" / "bucket").mkdir(parents=True)
    (tmp_path / "s3" / "bucket" / "x").write_bytes(content)
    keys, port = s3.Keys(), free_port()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", keys.access)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", keys.secret)
    # A session of its own: the default one may know the keys of another test.
    session = boto3.Session()
    client = session.client("s3", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1")
    server = s3.server(tmp_path / "s3", port, keys, tmp_path / "log")
    server.start()
    try:
        for storage in (
            open_storage(str(tmp_path / "s3" / "bucket")),
            open_storage("s3://bucket", client),
        ):
            with storage.open("x") as file:
                file.seek(-1_000_000, io.SEEK_END)
                assert file.read() == content[-1_000_000:]
                file.seek(500_000)
                assert file.read(10) == content[500_000:500_010]
                file.seek(0)
                assert file.read() == content
            with pytest.raises(ObjectGoneError):
                storage.open("y")
    finally:
        server.stop()
