"""Photographs on their way to the local S3: all arrive, or are told by name with a reason."""

import os
import socket
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local_cloud.errors import LocalCloudError
from local_cloud.mirror import mirror, survey


def filled(folder: Path, files: dict[str, bytes]) -> Path:
    """A folder with files."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def brought(source: Path, target: Path) -> dict[str, bytes]:
    """What lies in the target when the source was mirrored; nothing stayed behind."""
    landed = mirror(survey(source), target)
    assert not landed.left
    found = contents(target)
    assert found.keys() == landed.files.keys()
    return found


def test_a_mirror_sees_a_change_that_keeps_size_and_time(tmp_path):
    photograph = tmp_path / "in" / "1.jpg"
    filled(tmp_path / "in", {"1.jpg": b"old"})
    brought(tmp_path / "in", tmp_path / "bucket")
    time = photograph.stat().st_mtime_ns
    photograph.write_bytes(b"new")
    os.utime(photograph, ns=(time, time))
    assert brought(tmp_path / "in", tmp_path / "bucket") == {"1.jpg": b"new"}
    assert (tmp_path / "bucket" / "1.jpg").stat().st_mtime_ns == time


def test_a_mirror_follows_its_source(tmp_path):
    source, target = tmp_path / "in", tmp_path / "bucket" / "in"
    filled(source, {"Apple/1 é.jpg": b"one", "Apple/2.jpg": b"two", "Kiwi/1.jpg": b"three"})
    brought(source, target)
    filled(source, {"Apple/1 é.jpg": b"changed"})
    (source / "Apple" / "2.jpg").unlink()
    (source / "Kiwi" / "1.jpg").unlink()
    assert brought(source, target) == {"Apple/1 é.jpg": b"changed"}
    assert not (target / "Kiwi").exists()


def test_a_file_may_become_a_folder_and_a_folder_a_file(tmp_path):
    filled(tmp_path / "one", {"Apple": b"file", "Kiwi/1.jpg": b"1"})
    brought(tmp_path / "one", tmp_path / "bucket")
    two = filled(tmp_path / "two", {"Apple/1.jpg": b"1", "Kiwi": b"file"})
    assert brought(two, tmp_path / "bucket") == contents(two)


def test_names_that_differ_by_the_composition_of_an_accent_are_two_photographs(tmp_path):
    names = [
        unicodedata.normalize(form, f"Açaí/é{n}.jpg") for n in range(5) for form in ("NFC", "NFD")
    ]
    source = filled(tmp_path / "in", {name: name.encode() for name in names})
    for _ in range(2):
        assert brought(source, tmp_path / "bucket") == {name: name.encode() for name in names}


def test_a_name_that_is_no_utf8_arrives_and_is_told(tmp_path):
    source = tmp_path / "in"
    folder = os.fsencode(source) + b"/A\xe7a\xed"
    Path(os.fsdecode(folder)).mkdir(parents=True)
    Path(os.fsdecode(folder + b"/caf\xe9.jpg")).write_bytes(b"1")
    assert brought(source, tmp_path / "bucket") == {"A%E7a%ED/caf%E9.jpg": b"1"}
    assert survey(source).renamed == ["A%E7a%ED/caf%E9.jpg"]


def test_characters_that_control_and_rclones_own_quote_are_written_as_in_an_address(tmp_path):
    source = filled(tmp_path / "in", {"a\tb\u201bc.jpg": b"1"})
    assert brought(source, tmp_path / "bucket") == {"a%09b%E2%80%9Bc.jpg": b"1"}


def test_two_files_that_would_have_one_name_are_told(tmp_path):
    source = filled(tmp_path / "in", {"caf%E9.jpg": b"1"})
    Path(os.fsdecode(os.fsencode(source) + b"/caf\xe9.jpg")).write_bytes(b"2")
    landed = mirror(survey(source), tmp_path / "bucket")
    assert len(landed.files) == 1
    assert "another file has this name" in landed.left["caf%E9.jpg"]


def test_what_is_no_file_stays_behind_with_its_reason_and_nothing_hangs(tmp_path):
    source = filled(tmp_path / "in", {"Apple/1.jpg": b"1"})
    os.mkfifo(source / "Apple" / "pipe.jpg")
    (source / "Apple" / "gone.jpg").symlink_to("nowhere")
    (source / "Apple" / "round").symlink_to(source)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(source / "s.jpg"))
        landed = mirror(survey(source), tmp_path / "bucket")
    assert set(landed.files) == {"Apple/1.jpg"}
    assert set(landed.left) == {"Apple/pipe.jpg", "Apple/gone.jpg", "Apple/round/", "s.jpg"}
    assert contents(tmp_path / "bucket") == {"Apple/1.jpg": b"1"}


def test_two_links_to_one_folder_are_two_folders(tmp_path):
    fruits = filled(tmp_path / "fruits", {"1.jpg": b"1"})
    source = tmp_path / "in"
    source.mkdir()
    for label in ("Apple", "Pomme"):
        (source / label).symlink_to(fruits)
    assert set(brought(source, tmp_path / "bucket")) == {"Apple/1.jpg", "Pomme/1.jpg"}


def test_a_file_that_cannot_be_read_stays_behind_with_its_reason(tmp_path, monkeypatch):
    source = filled(tmp_path / "in", {"1.jpg": b"1", "2.jpg": b"2"})
    found = survey(source)
    (source / "2.jpg").unlink()  # as good as unreadable, for root as well
    landed = mirror(found, tmp_path / "bucket")
    assert set(landed.files) == {"1.jpg"}
    assert landed.left["2.jpg"] == "cannot be read: No such file or directory"


def test_a_disk_that_takes_two_names_for_one_is_named(tmp_path, monkeypatch):
    source = filled(tmp_path / "in", {"A.jpg": b"1", "a.jpg": b"2"})
    found = survey(source)
    replace = Path.replace
    monkeypatch.setattr(Path, "replace", lambda draft, to: replace(draft, str(to).lower()))
    with pytest.raises(LocalCloudError, match=r"got lost.*'A.jpg'"):
        mirror(found, tmp_path / "bucket")


@pytest.mark.parametrize("place", ["in/lake/verger-landing/in", "."], ids=["below", "above"])
def test_photographs_and_their_copies_may_not_lie_in_one_another(tmp_path, place):
    source = filled(tmp_path / "in", {"1.jpg": b"1"})
    with pytest.raises(LocalCloudError, match="LAKE=FOLDER"):
        mirror(survey(source), tmp_path / place)
    assert contents(source) == {"1.jpg": b"1"}


def test_photographs_that_were_delivered_to_the_bucket_stay_as_they_are(tmp_path):
    source = filled(tmp_path / "in", {"1.jpg": b"1"})
    assert set(mirror(survey(source), source).files) == {"1.jpg"}


NAME = st.binary(min_size=1, max_size=12).filter(
    lambda name: b"/" not in name and b"\0" not in name and name not in (b".", b"..")
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(NAME, st.binary(max_size=9), max_size=9))
def test_as_many_files_arrive_as_there_were_whatever_their_names(tmp_path_factory, files):
    source = tmp_path_factory.mktemp("in")
    for name, content in files.items():
        Path(os.fsdecode(os.fsencode(source) + b"/" + name)).write_bytes(content)
    target = source.with_name(f"{source.name}-bucket")
    landed = mirror(survey(source), target)
    assert len(landed.files) + len(landed.left) == len(files)
    assert contents(target) == {key: path.read_bytes() for key, path in landed.files.items()}
