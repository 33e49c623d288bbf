"""Where a stage's work runs, for tests that hold for both: a cluster, a serverless application."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from tests.emr_endpoint import APPLICATION, BUCKET, EmrServer, awaited
from verger_runs.backends import CLUSTER, SERVERLESS

LOGS = f"s3://{BUCKET}/logs/"
NAME = "import_images run-1"
ROLE = "arn:aws:iam::123456789012:role/job"


def uploaded(server: EmrServer, script: str) -> str:
    """The address of a script, under a name of its own: two may be under way."""
    return server.upload(f"{hashlib.sha256(script.encode()).hexdigest()}.py", script)


@dataclass(frozen=True)
class ClusterPlace:
    """A cluster that keeps its logs."""

    server: EmrServer
    cluster: str
    backend: str = CLUSTER
    DONE: str = "COMPLETED"

    @classmethod
    def made(cls, server: EmrServer, _: str) -> ClusterPlace:
        return cls(server, server.cluster(LogUri=LOGS))

    @property
    def options(self) -> dict[str, Any]:
        """What the operator is told of it."""
        return {"backend": self.backend, "cluster_id": self.cluster}

    def work(self, script: str) -> dict[str, Any]:
        """The request for a step that runs a script."""
        args = ["spark-submit", uploaded(self.server, script)]
        return {
            "Name": NAME,
            "ActionOnFailure": "CONTINUE",
            "HadoopJarStep": {"Jar": "command-runner.jar", "Args": args},
        }

    def all(self) -> list[tuple[str, str]]:
        """Id and state of every piece of work, the newest first."""
        steps = self.server.emr.list_steps(ClusterId=self.cluster)["Steps"]
        return [(step["Id"], step["Status"]["State"]) for step in steps]

    def submit(self, work: dict[str, Any]) -> str:
        return self.server.add(self.cluster, work)[0]

    def cancel(self, work_id: str) -> None:
        self.server.emr.cancel_steps(ClusterId=self.cluster, StepIds=[work_id])

    def await_state(self, work_id: str, state: str) -> None:
        self.server.await_step(self.cluster, work_id, state)

    def await_sleeper(self, work_id: str) -> None:
        self.server.await_sleeper(self.cluster, work_id)


@dataclass(frozen=True)
class ServerlessPlace:
    """The serverless application of the endpoint; each test's jobs are of a lake of its own."""

    server: EmrServer
    lake: str
    backend: str = SERVERLESS
    DONE: str = "SUCCESS"

    @classmethod
    def made(cls, server: EmrServer, lake: str) -> ServerlessPlace:
        return cls(server, lake)

    @property
    def emr(self) -> Any:
        return self.server.client("emr-serverless")

    @property
    def options(self) -> dict[str, Any]:
        """What the operator is told of it."""
        return {"backend": self.backend, "cluster_id": ""}

    def work(self, script: str) -> dict[str, Any]:
        """The request for a job that runs a script."""
        monitoring = {"s3MonitoringConfiguration": {"logUri": LOGS}}
        return {
            "applicationId": APPLICATION,
            "executionRoleArn": ROLE,
            "name": NAME,
            "jobDriver": {"sparkSubmit": {"entryPoint": uploaded(self.server, script)}},
            "configurationOverrides": {"monitoringConfiguration": monitoring},
            "tags": {"project": "verger", "run": "run-1", "lake": self.lake},
        }

    def all(self) -> list[tuple[str, str]]:
        """Id and state of every piece of work, the newest first."""
        jobs = self.emr.list_job_runs(applicationId=APPLICATION)["jobRuns"]
        return [(job["id"], job["state"]) for job in jobs if self._is_own(job["id"])]

    def submit(self, work: dict[str, Any]) -> str:
        return str(self.emr.start_job_run(**work)["jobRunId"])

    def cancel(self, work_id: str) -> None:
        self.emr.cancel_job_run(applicationId=APPLICATION, jobRunId=work_id)

    def await_state(self, work_id: str, state: str) -> None:
        awaited(lambda: {"State": self._described(work_id)["state"]}, (state,))

    def await_sleeper(self, work_id: str) -> None:
        self.server.await_sleeper(APPLICATION, work_id)

    def _described(self, work_id: str) -> dict[str, Any]:
        return dict(self.emr.get_job_run(applicationId=APPLICATION, jobRunId=work_id)["jobRun"])

    def _is_own(self, work_id: str) -> bool:
        return bool(self._described(work_id).get("tags", {}).get("lake") == self.lake)


PLACES = {CLUSTER: ClusterPlace, SERVERLESS: ServerlessPlace}
