"""Old logs go, young ones and everything else stay."""

import os
import time
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from moto import mock_aws

from local_cloud.team import tidy

NOW = datetime(2026, 6, 1, tzinfo=UTC)
BEFORE = NOW - timedelta(days=90)


def write(path, age_days):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    moment = (NOW - timedelta(days=age_days)).timestamp()
    os.utime(path, (moment, moment))


def test_old_files_go_with_the_folders_that_they_leave_empty_long_ago(tmp_path):
    write(tmp_path / "run" / "old" / "1.log", 91)
    write(tmp_path / "run" / "young" / "1.log", 89)
    assert tidy.remove_old_files(tmp_path, BEFORE) == 1
    assert (tmp_path / "run" / "young" / "1.log").exists()
    assert (tmp_path / "run" / "old").exists(), "somebody may be about to write there"
    long_ago = time.time() - timedelta(days=2).total_seconds()
    os.utime(tmp_path / "run" / "old", (long_ago, long_ago))
    tidy.remove_old_files(tmp_path, BEFORE)
    assert not (tmp_path / "run" / "old").exists()


def test_an_old_link_goes_and_what_it_leads_to_stays(tmp_path):
    write(tmp_path / "kept", 500)
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "latest").symlink_to(tmp_path / "kept")
    os.utime(logs / "latest", (0, 0), follow_symlinks=False)
    assert tidy.remove_old_files(logs, BEFORE) == 1
    assert (tmp_path / "kept").exists()
    assert not (logs / "latest").is_symlink()


@mock_aws
def test_old_logs_of_steps_go_from_their_prefix_only(monkeypatch):
    monkeypatch.delenv("AWS_ENDPOINT_URL_S3", raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="bucket")
    for key in ("logs/j-1/stderr.gz", "lake/images"):
        s3.put_object(Bucket="bucket", Key=key, Body=b"x")
    hour = timedelta(hours=1)
    assert tidy.remove_old_objects("s3://bucket/logs", datetime.now(UTC) - hour) == 0
    assert tidy.remove_old_objects("s3://bucket/logs", datetime.now(UTC) + hour) == 1
    left = s3.list_objects_v2(Bucket="bucket")["Contents"]
    assert [found["Key"] for found in left] == ["lake/images"]


@pytest.mark.parametrize(("hours_ago", "status"), [(None, 1), (27, 1), (25, 0)])
def test_it_is_healthy_while_it_does_its_work(tmp_path, monkeypatch, hours_ago, status):
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    if hours_ago is not None:
        (tmp_path / "tidied").touch()
        moment = time.time() - hours_ago * 3600
        os.utime(tmp_path / "tidied", (moment, moment))
    assert tidy.main(["--was-done-within-hours=26"]) == status
