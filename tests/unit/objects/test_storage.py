"""Objects under a folder, with S3's manners."""

import hashlib

import pytest

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
