"""The one-shot before everything else:  python -m local_cloud.team.prepare

Safe to run again: each start of the services does, so that they use the code of their image.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import boto3

from infra.publish import publish
from local_cloud.private import write_private
from local_cloud.s3a.jars import ensure_jars
from local_cloud.s3a.spark_conf import write_spark_conf
from local_cloud.stack import BUCKETS, CODE
from local_cloud.standalone import settings

DRIVER = "emr"  # the service whose containers run the steps' drivers


def main() -> int:
    """Returns 0 when S3, Spark and Airflow have what they need."""
    s3 = boto3.client("s3")
    for bucket in BUCKETS:
        with contextlib.suppress(s3.exceptions.BucketAlreadyExists):
            s3.create_bucket(Bucket=bucket)
    publish(f"s3://{CODE}", wheels=False)
    write_spark_conf(
        Path(os.environ["SPARK_CONF_DIR"]),
        os.environ["AWS_ENDPOINT_URL_S3"],
        ensure_jars(),
        settings(DRIVER, os.environ["SPARK_SECRET"]),
    )
    write_private(
        Path(os.environ["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"]),
        json.dumps({"admin": os.environ["AIRFLOW_PASSWORD"]}),
    )
    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
