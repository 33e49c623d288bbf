"""Every failure that a person can mend is one line that says how."""

import os
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, NoCredentialsError, ProfileNotFound
from py4j.protocol import Py4JNetworkError

from verger.cli.failures import in_words
from verger.cli.main import main
from verger.errors import VergerError

JAVA = """An error occurred while calling o93.parquet.
: org.apache.spark.SparkException: Job aborted.
\tat org.apache.spark.sql.Here.there(Here.scala:1)
Caused by: {}
\tat java.base/java.lang.Thread.run(Thread.java:840)
"""


WORKER = """
  An exception was thrown from the Python worker. Please see the stack trace below.
Traceback (most recent call last):
  File "verger/objects/s3.py", line 1, in store
verger.errors.VergerError: no credentials for S3: set some
"""


class PythonException(Exception):  # noqa: N818  pyspark's name
    """As pyspark's, where a worker raised."""

    __module__ = "pyspark.errors.exceptions.captured"


class Py4JJavaError(Exception):
    """As py4j's, which cannot be made without a JVM."""

    __module__ = "py4j.protocol"


def client_error(code):
    said = {"Error": {"Code": code, "Message": "no", "BucketName": "fruits"}}
    return ClientError(said, "ListObjectsV2")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (VergerError("bring more"), "bring more"),
        (client_error("NoSuchBucket"), "bucket fruits: there is no such bucket"),
        (client_error("AccessDenied"), "S3 denies access"),
        (client_error("Whatever"), "Whatever"),
        (client_error("RequestTimeTooSkewed"), "this machine's clock is wrong: set it"),
        (NoCredentialsError(), "no credentials for S3"),
        (ProfileNotFound(profile="x"), "AWS_PROFILE"),
        (FileNotFoundError("Error {\n <Error><Code>NoSuchBucket</Code>\n"), "no such bucket"),
        (OSError(28, "No space left on device"), "the disk is full"),
        (PermissionError(13, "Permission denied", "/lake/runs"), "/lake/runs may not be used"),
        (NotADirectoryError(20, "Not a directory", "/lake"), "/lake is a file"),
        (FileExistsError(17, "File exists", "/lake"), "/lake is a file"),
        (Py4JJavaError(JAVA.format("java.lang.OutOfMemoryError: Java heap space")), "memory"),
        (Py4JJavaError(JAVA.format("java.io.IOException: No space left on device")), "disk"),
        (Py4JJavaError(JAVA.format("S3Exception: (Service: S3, Status Code: 403)")), "denies"),
        (Py4JJavaError(JAVA.format("a.b.OddException: strange")), "OddException: strange"),
        (PythonException(WORKER), "no credentials for S3: set"),
        (Py4JNetworkError("Answer from Java side is empty"), "JVM has ended"),
        (ConnectionRefusedError(111, "Connection refused"), "JVM has ended"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_failures_are_told_in_one_line(error, words):
    told = in_words(error)
    assert words in told
    assert "\n" not in told


def test_a_fault_of_ours_is_not_hidden():
    assert in_words(KeyError("label")) is None


def test_a_lake_that_is_a_file_is_one_line(tmp_path, caplog):
    (tmp_path / "in" / "Apple").mkdir(parents=True)
    (tmp_path / "in" / "Apple" / "1.jpg").write_bytes(b"1")
    (tmp_path / "lake").write_bytes(b"a file")
    addresses = ["--images", str(tmp_path / "in"), "--lake", str(tmp_path / "lake")]
    assert main(["plan", *addresses]) == 1
    (line,) = caplog.messages
    assert "is a file where a folder is needed" in line or "cannot be read: Not a dir" in line


def test_a_home_folder_is_meant_by_a_tilde(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in" / "Apple").mkdir(parents=True)
    (tmp_path / "in" / "Apple" / "1.jpg").write_bytes(b"1")
    assert main(["plan", "--images=~/in", "--lake=~/lake"]) == 0
    assert (tmp_path / "lake" / "runs").is_dir()
    assert not Path("~").exists()


def test_a_name_that_is_no_utf8_stops_nothing(tmp_path, capsys):
    folder = tmp_path / "in" / "Apple"
    folder.mkdir(parents=True)
    (folder / "1.jpg").write_bytes(b"1")
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.jpg")).write_bytes(b"2")
    addresses = ["--images", str(tmp_path / "in"), "--lake", str(tmp_path / "lake")]
    assert main(["plan", *addresses]) == 0
    assert '"a name that is not UTF-8": 1' in capsys.readouterr().out


def test_a_package_that_is_not_installed_is_named_but_a_module_of_ours_is_a_fault():
    told = in_words(ModuleNotFoundError("No module named 'fastapi'", name="fastapi"))
    assert told.startswith("the package fastapi is not installed beside verger")
    assert in_words(ModuleNotFoundError("No module named 'verger.x'", name="verger.x")) is None
