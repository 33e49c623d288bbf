"""What lies in a folder of photographs, photographs or not: each entry once, and none opened."""

import os
import socket
from pathlib import Path

import pytest

from verger.objects import walk as walking
from verger.objects.folder import Folder
from verger.objects.walk import DANGLING, FORBIDDEN_FOLDER, NO_FILE, NOT_UTF8, walk

MEGABYTE = 1 << 20


def found(folder):
    return {entry.key: entry.problem for entry in walk(str(folder))}


def test_pipes_sockets_and_dangling_links_are_told_and_not_opened(tmp_path):
    (tmp_path / "Apple").mkdir()
    (tmp_path / "Apple" / "1.jpg").write_bytes(b"1")
    os.mkfifo(tmp_path / "Apple" / "pipe.jpg")
    (tmp_path / "Apple" / "lost.jpg").symlink_to("nowhere")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s.jpg"))
        assert found(tmp_path) == {
            "Apple/1.jpg": "",
            "Apple/pipe.jpg": NO_FILE,
            "Apple/lost.jpg": DANGLING,
            "s.jpg": NO_FILE,
        }
        listed = {item.key: item for item in Folder(str(tmp_path)).list()}
    assert listed["Apple/pipe.jpg"].problem == NO_FILE
    assert listed["Apple/1.jpg"].etag


def test_two_links_to_one_folder_are_two_folders(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.jpg").write_bytes(b"a")
    (tmp_path / "in").mkdir()
    for label in ("Apple", "Kiwi"):
        (tmp_path / "in" / label).symlink_to(tmp_path / "real")
    assert set(found(tmp_path / "in")) == {"Apple/a.jpg", "Kiwi/a.jpg"}


def test_links_that_lead_back_end(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "x.jpg").write_bytes(b"")
    (tmp_path / "a" / "b" / "back").symlink_to(tmp_path / "a")
    assert set(found(tmp_path)) == {"a/b/x.jpg"}


def test_a_name_that_is_no_utf8_is_told(tmp_path):
    folder = os.fsencode(tmp_path)
    Path(os.fsdecode(folder + b"/caf\xe9")).mkdir()
    Path(os.fsdecode(folder + b"/caf\xe9/1.jpg")).write_bytes(b"1")
    assert found(tmp_path) == {"caf�/1.jpg": NOT_UTF8}


def test_a_folder_that_may_not_be_read_is_told(tmp_path, monkeypatch):
    (tmp_path / "closed").mkdir()
    (tmp_path / "open").mkdir()
    (tmp_path / "open" / "1.jpg").write_bytes(b"1")
    scan = os.scandir

    def refuse(folder):
        if str(folder).endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return scan(folder)

    monkeypatch.setattr(walking.os, "scandir", refuse)
    assert found(tmp_path) == {"closed/": FORBIDDEN_FOLDER, "open/1.jpg": ""}


def test_a_file_that_may_not_be_read_is_told(tmp_path, monkeypatch):
    for name in ("closed.jpg", "open.jpg"):
        (tmp_path / name).write_bytes(b"1")
    opened = Path.open

    def refuse(path, *args):
        if path.name == "closed.jpg":
            raise PermissionError(13, "Permission denied")
        return opened(path, *args)

    monkeypatch.setattr(Path, "open", refuse)
    problems = {item.key: item.problem for item in Folder(str(tmp_path)).list()}
    assert problems == {"closed.jpg": "cannot be read: Permission denied", "open.jpg": ""}


def test_only_files_whose_etag_is_asked_for_are_opened(tmp_path, monkeypatch):
    (tmp_path / "a.jpg").write_bytes(b"a")
    with (tmp_path / "huge.zip").open("wb") as huge:
        huge.truncate(5 << 30)
    opened = []
    open_file = Path.open
    monkeypatch.setattr(
        Path, "open", lambda path, *args: opened.append(path.name) or open_file(path, *args)
    )
    listed = {item.key: item for item in Folder(str(tmp_path)).list(of=lambda k: k == "a.jpg")}
    assert opened == ["a.jpg"]
    assert listed["huge.zip"].size == 5 << 30


def test_a_large_file_is_hashed_in_pieces(tmp_path, monkeypatch):
    import hashlib

    content = bytes(range(256)) * (2 * MEGABYTE // 256)
    (tmp_path / "large.jpg").write_bytes(content)
    monkeypatch.setattr("verger.objects.folder._md5", pytest.fail)
    (item,) = Folder(str(tmp_path)).list()
    assert item.etag == hashlib.md5(content, usedforsecurity=False).hexdigest()
    assert item.size == len(content)
