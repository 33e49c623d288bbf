"""Photographs on their way to the team's S3: all that can be read arrive, the rest is named."""

import hashlib
import io
import os
import subprocess
import sys
import tarfile

import boto3
import pytest

from local_cloud import s3
from local_cloud.mirror import survey
from local_cloud.process import free_port
from local_cloud.team import bring, deliver
from tests.places import REPOSITORY


@pytest.fixture
def folder(tmp_path):
    """Photographs of two labels in a folder that only its owner may enter."""
    made = tmp_path / "spring"
    for name in ("Apple/1.jpg", "Apple/2.jpg", "Kiwi/Ä b.jpg"):
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_bytes(name.encode())
    made.chmod(0o700)
    return made


@pytest.fixture
def served(tmp_path, monkeypatch):
    """The folder behind a running S3 whose keys are in the environment."""
    keys, port = s3.Keys(), free_port()
    objects = tmp_path / "s3"
    (objects / deliver.LANDING).mkdir(parents=True)
    for name, value in s3.environment(port, keys).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    service = s3.server(objects, port, keys, tmp_path / "log")
    service.start()
    yield objects / deliver.LANDING
    service.stop()


def packed(folder):
    """What a folder is sent as: the content of each file by name, and what was left out."""
    stream, found = io.BytesIO(), survey(folder)
    sent = bring.pack(found, stream)
    stream.seek(0)
    with tarfile.open(fileobj=stream) as archive:
        files = {entry.name: archive.extractfile(entry).read() for entry in archive}
    assert len(files) == sent
    return files, found.left


def test_links_that_lead_outside_are_followed(folder, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "3.jpg").write_bytes(b"three")
    (folder / "Lime").symlink_to(tmp_path / "elsewhere")
    (folder / "Apple" / "4.jpg").symlink_to("../../elsewhere/3.jpg")
    files, left_out = packed(folder)
    assert files["Lime/3.jpg"] == files["Apple/4.jpg"] == b"three"
    assert len(files) == 5
    assert left_out == {}


def test_what_cannot_be_read_is_left_out_with_its_reason(folder):
    (folder / "Apple" / "gone.jpg").symlink_to("nowhere")
    os.mkfifo(folder / "Apple" / "pipe.jpg")
    found = survey(folder)
    (folder / "Apple" / "2.jpg").unlink()  # after it was seen
    assert bring.pack(found, io.BytesIO()) == 2
    assert found.left.keys() == {"Apple/gone.jpg", "Apple/pipe.jpg", "Apple/2.jpg"}
    assert found.left["Apple/2.jpg"] == "cannot be read: No such file or directory"


def test_a_folder_arrives_whole_and_is_not_sent_twice(folder, served):
    for there in (0, 3):
        done = subprocess.run(
            [
                *(sys.executable, "-m", "local_cloud.team.bring", str(folder), "--"),
                *(sys.executable, "-m", "local_cloud.team.deliver"),
            ],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        said = f"s3://{deliver.LANDING}/spring/: {3 - there} new or changed, {there} there already"
        assert said in done.stdout
    assert (served / "spring" / "Kiwi" / "Ä b.jpg").read_bytes() == "Kiwi/Ä b.jpg".encode()


def test_files_left_out_are_an_error_that_comes_after_all_others_were_sent(folder, served):
    (folder / "Apple" / "gone.jpg").symlink_to("nowhere")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "local_cloud.team.bring", str(folder), "--"),
            *(sys.executable, "-m", "local_cloud.team.deliver"),
        ],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "left out: Apple/gone.jpg: no file" in done.stderr
    assert "3 files sent to spring, 1 left out" in done.stderr
    assert len(list(served.rglob("*.jpg"))) == 3


def test_a_large_file_passes_through_in_parts(folder, served):
    content = os.urandom(deliver.WHOLE_BYTES + 1)
    (folder / "Apple" / "large.tif").write_bytes(content)
    new, kept = deliver.deliver(deliver.below(folder), deliver.LANDING, "spring")
    assert (new, kept) == (4, 0)
    arrived = (served / "spring" / "Apple" / "large.tif").read_bytes()
    assert hashlib.sha256(arrived).digest() == hashlib.sha256(content).digest()


def test_a_stream_that_breaks_off_is_told_in_a_line(folder, served):
    stream = io.BytesIO()
    bring.pack(survey(folder), stream)
    done = subprocess.run(
        [sys.executable, "-m", "local_cloud.team.deliver", "spring", "-"],
        cwd=REPOSITORY,
        input=stream.getvalue()[:700],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.decode().splitlines() == [
        "the delivery broke off (unexpected end of data): deliver again"
    ]


def test_an_s3_that_is_down_is_told_in_a_line(folder, monkeypatch, capsys):
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    assert deliver.main(["sample"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("is it up? `make team-up`")


def test_a_folder_that_does_not_exist_is_told_before_anything_is_started(tmp_path, capsys):
    assert bring.main([str(tmp_path / "none"), "--", "false"]) == 2
    assert "is no folder" in capsys.readouterr().err
