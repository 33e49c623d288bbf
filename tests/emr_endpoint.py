"""A running local EMR endpoint for tests, and beside it the local S3 for steps and logs."""

import gzip
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from local_cloud import s3
from local_cloud.process import free_port

ACCESS, SECRET = "gardener", "only-the-orchard-knows"
PATIENCE_SECONDS = 590  # the last resort: waits end by what they see
ENDED = ("COMPLETED", "SUCCESS", "FAILED", "CANCELLED", "TERMINATED", "TERMINATED_WITH_ERRORS")
BUCKET = "orchard"
APPLICATION = "00orchard"  # the serverless application of the endpoint

# Spark does not await the copy of a failing program's words: this one ends when they are there.
FAIL = """
import pathlib, time
print("the orchard is closed: come back in spring", flush=True)
while "spring" not in pathlib.Path("stdout").read_text():
    time.sleep(0.05)
raise SystemExit(1)
"""
SLEEP = """
import os, pathlib, time
pathlib.Path("pids").write_text(f"{os.getpid()} {os.getppid()}")
pathlib.Path("started").touch()
time.sleep(600)
"""


@dataclass(frozen=True)
class EmrServer:
    """A running server and clients for it."""

    process: subprocess.Popen[str]
    url: str
    s3_url: str
    work: Path
    log: Path

    def client(self, service: str) -> Any:
        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=self.s3_url if service == "s3" else self.url,
            region_name=s3.REGION,
            aws_access_key_id=ACCESS,
            aws_secret_access_key=SECRET,
            # Of an object that is just being written the local S3 answers 500 with the headers of
            # a success, which boto3 asks for again unless it compares checksums.
            config=Config(response_checksum_validation="when_required"),
        )

    @property
    def connection(self) -> str:
        """Airflow's connection aws_default to it."""
        endpoints = {
            "emr": {"endpoint_url": self.url},
            "emr-serverless": {"endpoint_url": self.url},
            "s3": {"endpoint_url": self.s3_url},
        }
        extra = {"region_name": s3.REGION, "service_config": endpoints}
        return json.dumps({"conn_type": "aws", "login": ACCESS, "password": SECRET, "extra": extra})

    @property
    def emr(self) -> Any:
        return self.client("emr")

    def upload(self, key: str, content: str) -> str:
        """The URI of a new object."""
        self.client("s3").put_object(Bucket=BUCKET, Key=key, Body=content.encode())
        return f"s3://{BUCKET}/{key}"

    def cluster(self, *steps: dict[str, Any], keep_alive: bool = True, **options: Any) -> str:
        """The id of a new cluster."""
        answer = self.emr.run_job_flow(
            Name=options.pop("Name", "test"),
            Instances={"KeepJobFlowAliveWhenNoSteps": keep_alive},
            Steps=list(steps),
            **options,
        )
        return str(answer["JobFlowId"])

    def add(self, cluster: str, *steps: dict[str, Any]) -> list[str]:
        """The ids of new steps."""
        answer = self.emr.add_job_flow_steps(JobFlowId=cluster, Steps=list(steps))
        return list(answer["StepIds"])

    def cluster_status(self, cluster: str) -> dict[str, Any]:
        return dict(self.emr.describe_cluster(ClusterId=cluster)["Cluster"]["Status"])

    def step_status(self, cluster: str, step: str) -> dict[str, Any]:
        return dict(self.emr.describe_step(ClusterId=cluster, StepId=step)["Step"]["Status"])

    def await_cluster(self, cluster: str, *states: str) -> dict[str, Any]:
        return awaited(lambda: self.cluster_status(cluster), states)

    def await_step(self, cluster: str, step: str, *states: str) -> dict[str, Any]:
        return awaited(lambda: self.step_status(cluster, step), states)

    def await_sleeper(self, cluster: str, step: str) -> list[int]:
        """The processes of a SLEEP step, once it sleeps: its Python and its Spark."""
        folder = self.work / cluster / step
        eventually((folder / "started").exists, f"{folder}/started")
        return [int(pid) for pid in (folder / "pids").read_text().split()]

    def whole_log(self, prefix: str, cluster: str, step: str, name: str) -> str:
        """A log of a step that has ended, once it is uploaded whole."""

        def archived() -> bool:
            try:
                last = self.s3_log(prefix, cluster, step, "controller").splitlines()[-1]
            except self.client("s3").exceptions.ClientError:
                return False
            return " step " in last

        eventually(archived, f"the whole log of {step}")
        return self.s3_log(prefix, cluster, step, name)

    def s3_log(self, prefix: str, cluster: str, step: str, name: str) -> str:
        """A log of a step as it is uploaded by now."""
        key = f"{prefix}/{cluster}/steps/{step}/{name}.gz"
        body = self.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return gzip.decompress(body).decode()


def step(
    *args: str, jar: str = "command-runner.jar", on_failure: str = "CONTINUE"
) -> dict[str, Any]:
    """A spark-submit step of EMR's API."""
    return {
        "Name": "test",
        "ActionOnFailure": on_failure,
        "HadoopJarStep": {"Jar": jar, "Args": ["spark-submit", "--master", "yarn", *args]},
    }


def awaited(
    status: Callable[[], dict[str, Any]],
    states: tuple[str, ...],
    seconds: float = PATIENCE_SECONDS,
) -> dict[str, Any]:
    """The status once its State is one of `states`; the wait ends with what has ended otherwise."""
    ended = (*states, *ENDED)
    eventually(lambda: status()["State"] in ended, f"{states}, it is {status()}", seconds)
    found = status()
    assert found["State"] in states, found
    return found


def eventually(condition: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.1)


def wait_until_gone(pid: int) -> None:
    """Return when the process has ended; a zombie that nobody has collected counts as ended."""

    def gone() -> bool:
        ps = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
        return ps.stdout.strip() == "" or ps.stdout.strip().startswith("Z")

    eventually(gone, f"the end of process {pid}")


@contextmanager
def emr_server(folder: Path, *options: str) -> Iterator[EmrServer]:
    """Servers on free ports, with an empty bucket BUCKET on S3."""
    keys, s3_port, port = s3.Keys(ACCESS, SECRET), free_port(), free_port()
    (folder / "objects" / BUCKET).mkdir(parents=True, exist_ok=True)
    objects = s3.server(folder / "objects", s3_port, keys, folder / "s3.log")
    url = f"http://127.0.0.1:{port}"
    # Nothing of whoever runs the tests.
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    # Steps of tests live for seconds: a second compiler would cost more than it gives.
    quick = {"SPARK_SUBMIT_OPTS": "-XX:TieredStopAtLevel=1"}
    environment = {**own, **s3.environment(s3_port, keys), **quick}
    work, log = folder / "work", folder / "server.log"
    command = [sys.executable, "-m", "local_cloud.emr", "--port", str(port), "--work", str(work)]
    command += ["--application", APPLICATION]
    command += ["--least-idle", "1"]  # nobody should wait a minute
    objects.start()
    with log.open("w") as stderr:
        process = subprocess.Popen(
            [*command, *options], env=environment, stdout=subprocess.PIPE, stderr=stderr, text=True
        )
    assert process.stdout is not None
    with process, process.stdout:
        try:
            assert process.stdout.readline() == f"local EMR ready on {url}\n", log.read_text()
            yield EmrServer(process, url, f"http://127.0.0.1:{s3_port}", work, log)
        finally:
            process.terminate()
            objects.stop()
