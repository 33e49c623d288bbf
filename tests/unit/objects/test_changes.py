"""Conditional writes: whoever was slower looks again, and nobody's work is lost."""

import hashlib
from concurrent.futures import ProcessPoolExecutor

import boto3
import pytest
from moto import mock_aws

from verger.errors import ConflictError, ObjectGoneError, VergerError
from verger.objects import changes
from verger.objects.bucket import Bucket
from verger.objects.changes import change
from verger.objects.folder import Folder


@pytest.fixture(params=["folder", "bucket"])
def storage(request, tmp_path, monkeypatch):
    """A folder, and a bucket of a server that heeds If-Match and If-None-Match as S3 does."""
    monkeypatch.setattr(changes, "LONGEST_PAUSE", 0)
    if request.param == "folder":
        yield Folder(str(tmp_path))
        return
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="lake")
        yield Bucket("s3", "lake", "deep/down", client)


def add(word):
    return lambda content: b" ".join(filter(None, [content, word]))


def test_a_checksum_is_that_of_the_content(storage):
    content = bytes(range(256)) * 10_000
    storage.write("a", content)
    assert storage.checksum("a") == hashlib.sha256(content).hexdigest()
    with pytest.raises(ObjectGoneError):
        storage.checksum("missing")


def test_what_is_not_there_is_written_once(storage):
    storage.replace("a", b"first", None)
    with pytest.raises(ConflictError):
        storage.replace("a", b"second", None)
    assert storage.read("a") == b"first"


def test_only_the_version_that_was_read_is_replaced(storage):
    storage.write("a", b"old")
    read = storage.read_version("a")
    storage.write("a", b"of somebody else")
    with pytest.raises(ConflictError):
        storage.replace("a", b"ours", read.version)
    assert storage.read("a") == b"of somebody else"
    storage.replace("a", b"ours", storage.read_version("a").version)
    assert storage.read("a") == b"ours"


def test_what_was_deleted_meanwhile_is_not_replaced(storage):
    storage.write("a", b"old")
    read = storage.read_version("a")
    storage.delete(["a"])
    with pytest.raises(ConflictError):
        storage.replace("a", b"ours", read.version)
    assert storage.read_version("a") is None


def test_a_change_that_was_overtaken_is_made_again_on_what_is_there(storage):
    faster = iter([b"theirs"])

    def decide(content):
        for word in faster:
            change(storage, "a", add(word))
        return add(b"ours")(content)

    assert change(storage, "a", decide) == b"theirs ours"
    assert storage.read("a") == b"theirs ours"


def test_nothing_is_written_where_nothing_is_to_change(storage):
    assert change(storage, "a", lambda _: None) is None
    assert storage.read_version("a") is None
    storage.write("a", b"there")
    assert change(storage, "a", lambda _: None) == b"there"


def test_somebody_who_is_always_slower_is_told_at_last(storage):
    def decide(content):
        storage.write("a", (content or b"") + b".")
        return b"ours"

    with pytest.raises(VergerError, match="changed by others"):
        change(storage, "a", decide)


def test_processes_that_change_one_file_at_once_all_have_their_say(tmp_path):
    with ProcessPoolExecutor(4) as pool:
        list(pool.map(_count_up, [str(tmp_path)] * 20))
    assert Folder(str(tmp_path)).read("count") == b"20"


def _count_up(root):
    changes.LONGEST_PAUSE, changes.ATTEMPTS = 0.01, 1000
    change(Folder(root), "count", lambda content: str(int(content or 0) + 1).encode())
