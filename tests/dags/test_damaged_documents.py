"""A stored document that cannot be read ends a task for good, in one line that names the file."""

from pathlib import Path

import boto3
import pytest
from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.sdk.exceptions import AirflowFailException
from moto import mock_aws

from verger.documents import DocumentError
from verger_emr.plan import check
from verger_runs.deployment import Deployment, DeploymentError
from verger_runs.results import publish_run, summarise_run

OLD_RELEASE = Path(__file__).parents[1] / "data" / "documents-2026-11" / "code" / "current.json"
DEPLOYMENT = Deployment("s3://landing", "s3://lake", "s3://code", "s3://steplogs")
PARAMS = {
    **{"prefix": "", "categories": [], "vocabulary": "reuse", "preset": "fruits"},
    **{"k": 8, "pca_k": 4, "core_nodes": 1, "task_nodes": 0, "task_market": "spot"},
    **{"most_dollars": 0, "dry_run": False, "backend": "as deployed", "workers": 1},
}


@pytest.fixture
def s3(monkeypatch):
    """An S3 with the deployment's buckets."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        for bucket in ("landing", "lake", "code", "steplogs"):
            client.create_bucket(Bucket=bucket)
        yield S3Hook(aws_conn_id=None, region_name="us-east-1")


def put(s3, bucket, key, content):
    s3.get_conn().put_object(Bucket=bucket, Key=key, Body=content)


@pytest.mark.parametrize(
    "task",
    [
        lambda s3: summarise_run(s3, PARAMS, DEPLOYMENT, "r"),
        lambda s3: publish_run(s3, DEPLOYMENT, "r"),
    ],
    ids=["summarise", "publish"],
)
@pytest.mark.parametrize("content", [b"{", b"\xff", b'{"run_id": 3}'])
def test_a_plan_that_cannot_be_read_is_named_and_not_tried_again(s3, task, content):
    put(s3, "lake", "runs/r/plan.json", content)
    with pytest.raises(AirflowFailException, match=r"s3://lake/runs/r/plan\.json .*plan the run"):
        task(s3)


@pytest.mark.parametrize("content", [b"{", b"\xff", OLD_RELEASE.read_bytes()])
def test_a_release_that_cannot_be_used_says_to_publish_again(s3, content):
    put(s3, "code", "current.json", content)
    with pytest.raises(DocumentError, match=r"s3://code/current\.json .*`make publish CODE=s3://"):
        check(PARAMS, DEPLOYMENT, s3)


def test_without_a_release_it_says_to_publish(s3):
    with pytest.raises(DeploymentError, match="run `make publish"):
        check(PARAMS, DEPLOYMENT, s3)
