"""The local AWS: S3 on a folder, EMR beside it, and the environment that makes others use them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import boto3
from moto.core.models import DEFAULT_ACCOUNT_ID

from infra.publish import REPOSITORY
from local_cloud import s3
from local_cloud.emr import memory
from local_cloud.errors import LocalCloudError
from local_cloud.java import ensure_java
from local_cloud.private import empty_folder, make_private
from local_cloud.process import LOOPBACK, Service, free_port, is_open, last_words
from local_cloud.s3a.spark_conf import local_mode, write_spark_conf
from verger.machine import classes
from verger.machine.jars import ensure_jars

LANDING, LAKE, CODE, LOGS = "verger-landing", "verger-lake", "verger-code", "verger-logs"
BUCKETS = (LANDING, LAKE, CODE, LOGS)
APPLICATION = "00vergerlocal"
JOB_ROLE = f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:role/verger-job"


@dataclass(frozen=True)
class Stack:
    """Where the local AWS lives: the folder of its objects, a folder for logs, two ports; whether
    its EMR is ``quick``, or takes the minutes that a ``real`` one does; and the id of the
    serverless application, which in an account CloudFormation makes.
    """

    objects: Path
    work: Path
    s3_port: int = field(default_factory=free_port)
    emr_port: int = field(default_factory=free_port)
    keys: s3.Keys = field(default_factory=s3.Keys)
    pace: str = "quick"
    application: str = APPLICATION

    @property
    def emr_endpoint(self) -> str:
        """Address of the EMR API."""
        return f"http://{LOOPBACK}:{self.emr_port}"

    @property
    def steps(self) -> Path:
        """Files of the steps that EMR executes: <cluster>/<step>/stderr and others."""
        return self.work / "emr"

    def environment(self) -> dict[str, str]:
        """What boto3 needs to use this stack instead of AWS."""
        return {
            **s3.environment(self.s3_port, self.keys),
            "AWS_ENDPOINT_URL_EMR": self.emr_endpoint,
            "AWS_ENDPOINT_URL_EMR_SERVERLESS": self.emr_endpoint,
            # Nothing here may ask AWS for credentials.
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def connection(self) -> str:
        """Airflow's connection aws_default."""
        endpoints = {
            "s3": {"endpoint_url": f"http://{LOOPBACK}:{self.s3_port}"},
            "emr": {"endpoint_url": self.emr_endpoint},
            "emr-serverless": {"endpoint_url": self.emr_endpoint},
            "sqs": {"endpoint_url": self.emr_endpoint},
            "sns": {"endpoint_url": self.emr_endpoint},
        }
        return json.dumps(
            {
                "conn_type": "aws",
                "login": self.keys.access,
                "password": self.keys.secret,
                "extra": {"region_name": s3.REGION, "service_config": endpoints},
            }
        )

    @contextmanager
    def running(self) -> Iterator[list[Service]]:
        """Start everything, publish the code of this checkout, stop everything at the end."""
        java = ensure_java()
        jars = ensure_jars()
        for bucket in BUCKETS:
            make_private(self.objects / bucket)
        endpoint = self.environment()["AWS_ENDPOINT_URL_S3"]
        quick = classes.java_options(java, jars)
        where = local_mode(empty_folder(self.work / "tmp"), quick)
        conf = write_spark_conf(self.work / "spark-conf", endpoint, jars, where)
        for record in self.steps.glob(f"*/{memory.NAME}"):
            record.unlink()  # the clusters of an earlier stack ended with it
        with ExitStack() as started:
            services = [self._s3(), self._emr(java, conf)]
            for service in services:
                service.start()
                started.callback(service.stop)
            self._publish_code()
            yield services

    def _create_queue(self) -> None:
        """A queue for word of new photographs; the server of EMR has queues too. This S3 sends no
        word itself: whoever sends some starts a run, where Airflow is told to listen.
        """
        session = boto3.Session(self.keys.access, self.keys.secret, region_name=s3.REGION)
        sqs = session.client("sqs", endpoint_url=self.emr_endpoint)
        sqs.create_queue(QueueName=LANDING)

    def _publish_code(self) -> None:
        log = self.work / "publish.log"
        with log.open("wb") as out:
            done = subprocess.run(
                [sys.executable, "-m", "infra.publish", f"s3://{CODE}"],
                cwd=REPOSITORY,
                env={**os.environ, **self.environment()},
                stdout=out,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if done.returncode:
            raise LocalCloudError(f"publishing the Spark code failed: {last_words(log)}")

    def _s3(self) -> Service:
        return s3.server(self.objects, self.s3_port, self.keys, self.work / "s3.log")

    def _emr(self, java: Path, conf: Path) -> Service:
        return Service(
            name="EMR",
            command=[
                *(sys.executable, "-m", "local_cloud.emr"),
                # Started again in the middle of a run it knows that run's clusters.
                *("--port", str(self.emr_port), "--work", str(self.steps), "--resume"),
                *("--application", self.application, "--pace", self.pace),
            ],
            log=self.work / "emr.log",
            ready=lambda: is_open(self.emr_port),
            settle=self._create_queue,
            environment={
                **self.environment(),
                "JAVA_HOME": str(java),
                "SPARK_CONF_DIR": str(conf),
            },
        )
