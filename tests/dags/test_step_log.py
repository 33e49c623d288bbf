"""What a step said: EMR archives it late and in parts, so the first object is not the whole."""

import gzip
import json
import threading
import zlib
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import boto3
import pytest
from moto import mock_aws

from verger.contract import find_failure
from verger_emr import step_log
from verger_emr.backend import CANCELLED, FAILED, Status
from verger_emr.step_log import ARCHIVED_AFTER, StepLog, below, step_folder, tail

FOLDER = "emr/j-1/steps/s-2"


def test_logs_lie_below_the_clusters_log_uri():
    assert below("s3n://logs/emr/", step_folder("j-1", "s-2")) == ("logs", FOLDER)
    assert below("s3://logs", step_folder("j-1", "s-2")) == ("logs", "j-1/steps/s-2")


def test_the_tail_is_the_end_of_a_text():
    assert tail("a\nb\nc\n", lines=2) == "b\nc"
    assert tail("") == ""


@pytest.fixture
def log():
    """A step's log on an S3, with `archive` to put what EMR would put there."""
    with mock_aws():
        s3 = boto3.client("s3", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
        s3.create_bucket(Bucket="orchard")
        yield StepLog(s3, "orchard", FOLDER)


class Halfway(BaseHTTPRequestHandler):
    """A local S3 that is asked for a log in the moment in which it is created."""

    def do_GET(self):
        body = gzip.compress(b"all of it")
        self.server.asked += 1
        self.send_response(500 if self.server.asked == 1 else 200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("x-amz-checksum-crc32", b64encode(zlib.crc32(body).to_bytes(4)).decode())
        self.send_header("Last-Modified", "Fri, 27 Nov 2026 12:00:00 GMT")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Nothing: the test says what came."""


def archive(log, name, text):
    key = f"{FOLDER}/{name}.gz"
    log.s3.put_object(Bucket="orchard", Key=key, Body=gzip.compress(text.encode()))


def test_a_log_that_is_read_while_it_is_created_is_read_again(monkeypatch):
    with HTTPServer(("127.0.0.1", 0), Halfway) as server:
        server.asked = 0
        threading.Thread(target=server.serve_forever, daemon=True).start()
        where = {"endpoint_url": f"http://127.0.0.1:{server.server_port}"}
        connection = {"conn_type": "aws", "login": "a", "password": "b", "extra": where}
        monkeypatch.setenv("AIRFLOW_CONN_ORCHARD", json.dumps(connection))
        log = StepLog.at("orchard", "s3://orchard", FOLDER)
        assert log.read(status(CANCELLED), 60, reason) == "all of it\nall of it"
        server.shutdown()
    assert server.asked == 3


def status(state, ended=timedelta(0)):
    """A step's status that ended so long ago (before now: positive)."""
    return Status(state, state.upper(), datetime.now(UTC) - ended)


def reason(words):
    return find_failure("reduce_pca", words)


def test_what_was_archived_before_the_end_is_not_taken_for_the_whole(log):
    for name in ("stderr", "stdout"):
        archive(log, name, "so far")
    failed = status(FAILED, ended=timedelta(seconds=-2))
    said = []
    reader = threading.Thread(target=lambda: said.append(log.read(failed, 0.1, reason)))
    reader.start()
    reader.join(0.5)
    assert reader.is_alive(), f"it took {said} for the whole"
    threading.Event().wait(2)
    for name in ("stderr", "stdout"):
        archive(log, name, f"so far\nall of {name}")
    reader.join(60)
    assert said == ["so far\nall of stderr\nso far\nall of stdout"]


def test_words_that_tell_why_are_enough_even_if_more_may_come(log):
    archive(log, "stdout", "12:00 reduce_pca failed: bring more")
    failed = status(FAILED, ended=timedelta(seconds=-60))
    assert log.read(failed, 60, reason) == "12:00 reduce_pca failed: bring more"


def test_logs_that_emr_never_brings_are_not_waited_for_for_ever(log):
    archive(log, "stderr", "half of it")
    failed = status(FAILED, ended=ARCHIVED_AFTER + timedelta(seconds=1))
    assert log.read(failed, 60, reason) == "half of it"


def test_a_clock_set_back_while_logs_are_waited_for_prolongs_nothing(log, monkeypatch):
    monkeypatch.setattr(step_log, "ARCHIVED_AFTER", timedelta(seconds=1))
    hour = timedelta(hours=-1)
    assert log.read(status(FAILED, ended=hour), 0.1, reason) == ""


def test_nobody_waits_for_the_log_of_a_cancelled_step(log):
    assert log.read(status(CANCELLED), 60, reason) == ""
    archive(log, "stdout", "I was at it")
    assert log.read(status(CANCELLED), 60, reason) == "I was at it"


def test_a_cluster_without_logs_has_nothing_to_wait_for(log):
    assert StepLog(log.s3, "", None).read(status(FAILED), 60, reason) == ""
