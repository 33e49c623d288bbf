"""Where S3 goes wrong, one line says which address, what it said, and whether to try again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import obstore
import pytest
from botocore.exceptions import BotoCoreError, ClientError
from obstore.store import S3Store

from verger.cli import s3_words
from verger.cli.failures import in_words
from verger.objects import s3

AGAIN = "it may pass, so do the same again; what is finished is not done again"
CUT = "HTTP error: error sending request"
ANSWER = b"<Error><Code>%s</Code><Message>%s</Message></Error>"
SLOW = (503, b"SlowDown", b"Please reduce your request rate.")
ODD = (400, b"OddThing", b"This is odd.")
SKEWED = (403, b"RequestTimeTooSkewed", b"The difference is too large.")


@pytest.fixture
def troubled() -> Iterator[dict[str, object]]:
    """An S3 that always answers what `answer` says, and hangs up where it says nothing."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if answer := told["answer"]:
                status, code, message = answer
                content = told.get("page") or ANSWER % (code, message)
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            else:
                self.connection.close()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        told: dict[str, object] = {"url": f"http://127.0.0.1:{server.server_port}", "answer": None}
        yield told
        server.shutdown()


@pytest.fixture
def by_boto3(troubled, monkeypatch):
    """The line about a failed GET by the project's own client, which does not try again here."""
    monkeypatch.setattr(s3, "ATTEMPTS", 1)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", str(troubled["url"]))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "x")
    client = s3.client.__wrapped__.__wrapped__()

    def line():
        with pytest.raises((BotoCoreError, ClientError)) as failed:
            client.get_object(Bucket="lakes", Key="one/é.bin")
        return in_words(failed.value)

    return line


@pytest.fixture
def by_object_store(troubled):
    """The same by the client in Rust."""
    bucket = S3Store(
        "lakes",
        endpoint=troubled["url"],
        region="x",
        access_key_id="a",
        secret_access_key="b",
        client_options={"allow_http": True},
        retry_config={"max_retries": 0},
    )

    def line():
        with pytest.raises(obstore.exceptions.BaseError) as failed:
            obstore.get(bucket, "one/2.bin")
        return in_words(failed.value)

    return line


def test_what_passes_is_told_with_its_address_and_to_be_tried_again(
    troubled, by_boto3, by_object_store
):
    troubled["answer"] = SLOW
    said = "503 SlowDown: Please reduce your request rate."
    assert by_boto3() == f"S3 failed at s3://lakes/one/é.bin ({said}): {AGAIN}"
    address = f"{troubled['url']}/lakes/one/2.bin"
    assert by_object_store() == f"S3 failed at {address} ({said}): {AGAIN}"


def test_what_does_not_pass_is_told_without_that_advice(troubled, by_boto3, by_object_store):
    troubled["answer"] = ODD
    said = "400 OddThing: This is odd."
    assert by_boto3() == f"S3 failed at s3://lakes/one/é.bin ({said})"
    assert by_object_store() == f"S3 failed at {troubled['url']}/lakes/one/2.bin ({said})"


def test_an_s3_that_hangs_up_is_named(troubled, by_boto3, by_object_store):
    assert by_boto3().endswith(f"response from {troubled['url']}/lakes/one/%C3%A9.bin: {AGAIN}")
    address = f"{troubled['url']}/lakes/one/2.bin"
    assert by_object_store() == f"S3 failed at {address} ({CUT}): {AGAIN}"


def test_a_page_in_place_of_s3s_answer_is_not_told(troubled, by_object_store):
    troubled["page"] = b"<html>Bad Gateway</html>"
    troubled["answer"] = (502, b"", b"")
    address = f"{troubled['url']}/lakes/one/2.bin"
    assert by_object_store() == f"S3 failed at {address} (502 Bad Gateway): {AGAIN}"


def test_a_clock_that_is_wrong_is_told_by_both(troubled, by_boto3, by_object_store):
    troubled["answer"] = SKEWED
    for line in (by_boto3, by_object_store):
        assert line().startswith("this machine's clock is wrong: set it")


SDK = "software.amazon.awssdk.services.s3.model."
LOST_UPLOAD = f"""An error occurred while calling o93.parquet.
: org.apache.spark.SparkException: Job aborted.
Caused by: java.io.FileNotFoundException: Completing multipart upload on one/images/0.parquet: \
{SDK}NoSuchUploadException: NoSuchUpload (Service: S3, Status Code: 404, Request ID: 1)
Caused by: {SDK}NoSuchUploadException: NoSuchUpload (Service: S3, Status Code: 404, Request ID: 1)
"""
BROKEN = f"""Caused by: org.apache.hadoop.fs.s3a.AWSS3IOException: getFileStatus on \
s3a://lakes/one/images: {SDK}S3Exception: Internal Error (Service: S3, Status Code: 500)
"""


def test_sparks_words_about_s3_are_one_line_too():
    assert s3_words.of_spark(LOST_UPLOAD) == (
        f"S3 failed at one/images/0.parquet (404 NoSuchUpload): {AGAIN}"
    )
    assert s3_words.of_spark(BROKEN) == (
        f"S3 failed at s3a://lakes/one/images (500 Internal Error): {AGAIN}"
    )
    assert s3_words.of_spark("Caused by: a.b.OddException: strange") is None
