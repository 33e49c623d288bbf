"""The one-shot before everything else:  python -m local_cloud.team.prepare

Safe to run again: each start of the services does, so that they use the code of their image.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import ClientError

from infra.publish import publish
from local_cloud.emr.s3 import split_uri
from local_cloud.s3a.spark_conf import write_spark_conf
from local_cloud.standalone import settings
from local_cloud.team.people import add_first_admin
from verger.machine.jars import ensure_jars

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

DRIVER = "emr"  # the service whose containers run the steps' drivers
EVERYWHERE = "0.0.0.0"  # noqa: S104  on the networks of that container: who comes needs the secret
RECOVERY = Path("/srv/master")
CODE = "AIRFLOW_VAR_VERGER_CODE"
BUCKETS = ("AIRFLOW_VAR_VERGER_LANDING", "AIRFLOW_VAR_VERGER_LAKE", CODE, "AIRFLOW_VAR_VERGER_LOGS")


def main() -> int:
    """Returns 0 when S3, Spark and Airflow have what they need."""
    s3 = boto3.client("s3")
    for name in BUCKETS:
        ensure_bucket(s3, split_uri(os.environ[name])[0])
    publish(os.environ[CODE], wheels=False)
    write_spark_conf(
        Path(os.environ["SPARK_CONF_DIR"]),
        os.environ["AWS_ENDPOINT_URL_S3"],
        ensure_jars(),
        settings(DRIVER, os.environ["SPARK_SECRET"], RECOVERY, bind=EVERYWHERE),
        os.environ["AWS_REGION"],
    )
    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], check=True)
    add_first_admin(os.environ["AIRFLOW_PASSWORD"])
    return 0


def ensure_bucket(s3: S3Client, bucket: str) -> None:
    """Make a bucket unless it is there; on AWS it usually is, and may not be ours to make."""
    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] != "404":
            raise
        s3.create_bucket(Bucket=bucket)


if __name__ == "__main__":
    sys.exit(main())
