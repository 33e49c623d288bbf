"""The cluster of a run from its first task to its last, and how a run ends."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.hooks.emr import EmrServerlessHook
from airflow.providers.amazon.aws.triggers.emr import EmrCreateJobFlowTrigger
from airflow.providers.amazon.aws.utils.mixins import aws_template_fields
from airflow.sdk.exceptions import AirflowException

from verger_emr.clients import GONE, RETRIES, is_given_up
from verger_emr.cluster_operator import ClusterOperator
from verger_emr.serverless import jobs_under_way

if TYPE_CHECKING:
    from airflow.sdk import Context

COMING = ["STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING"]
READY = ("RUNNING", "WAITING")
LONGEST_START = timedelta(hours=1)
# Words of EMR where EC2 has no machines for us, and what a person can do about it.
NO_ROOM = ("vcpu", "quota", "limit", "capacity")
ADVICE = (
    "Ask AWS for more vCPUs (Service Quotas, EC2, Running On-Demand Standard instances), take "
    "fewer nodes or smaller types, or another availability zone"
)


class EmrStartClusterOperator(ClusterOperator):
    """Ask for a run's cluster and wait until it takes steps; returns its id.

    A run whose stages are serverless jobs has none (`body` is None): its application starts with
    the first job. Airflow would skip the stages with a setup that is skipped, so this one succeeds.

    A try that follows a broken one goes on with the cluster that this one asked for. A cluster that
    does not become ready, or that no further try waits for, is terminated: no teardown follows a
    setup that failed.
    """

    template_fields: Sequence[str] = aws_template_fields("body")
    template_fields_renderers = {"body": "json"}  # noqa: RUF012  as Airflow declares it

    def __init__(self, *, body: Any, poll_seconds: int, deferrable: bool, **kwargs: Any) -> None:
        super().__init__(botocore_config=RETRIES, **kwargs)
        self.body = body
        self.poll_seconds = poll_seconds
        self.deferrable = deferrable
        self._started: tuple[str, Context] | None = None

    def execute(self, context: Context) -> str:
        """Raises AirflowException, with EMR's reason, for a cluster that does not become ready."""
        if self.body is None:
            self.log.info("no cluster: the stages of this run are serverless jobs")
            return ""
        with self._no_orphan(context):
            return self._start(context)

    def _start(self, context: Context) -> str:
        cluster_id = self._earlier() or self._create()
        self._started = cluster_id, context
        self.link(context, cluster_id)
        if self.deferrable and self._state(cluster_id) not in (*READY, *GONE):
            self._defer(cluster_id)
        deadline = time.monotonic() + LONGEST_START.total_seconds()
        while self._state(cluster_id) not in (*READY, *GONE) and time.monotonic() < deadline:
            time.sleep(self.poll_seconds)
        return self._conclude(cluster_id)

    def execute_complete(self, context: Context, event: dict[str, Any], cluster_id: str) -> str:  # noqa: ARG002
        """Back from the triggerer: the cluster is ready, or it will not be."""
        return self._conclude(cluster_id)

    def resume_execution(
        self, next_method: str, next_kwargs: dict[str, Any] | None, context: Context
    ) -> Any:
        """Back from the triggerer, also where the wait itself broke: then Airflow calls no other
        method of the task.
        """
        with self._no_orphan(context):
            return super().resume_execution(next_method, next_kwargs, context)

    @contextmanager
    def _no_orphan(self, context: Context) -> Iterator[None]:
        """End the run's cluster where the block fails and no try will follow."""
        try:
            yield
        except Exception:
            task = context["ti"]
            if task.try_number > task.max_tries and (left := self._earlier()):
                self.end(left)
            raise

    def on_kill(self) -> None:
        """Terminate the cluster if a person has ended the task."""
        if self._started is not None and is_given_up(self._started[1]):
            self.end(self._started[0])

    def _earlier(self) -> str | None:
        """The cluster that an earlier try of this task asked for."""
        pages = self.emr.get_paginator("list_clusters").paginate(ClusterStates=COMING)
        for listed in (cluster for page in pages for cluster in page["Clusters"]):
            # The list has no tags, and another Airflow may have a run of the same name.
            if listed["Name"] == self.body["Name"] and self._has_tags(listed["Id"]):
                self.log.info("Cluster %s of an earlier try is there", listed["Id"])
                return str(listed["Id"])
        return None

    def _has_tags(self, cluster_id: str) -> bool:
        described = self.emr.describe_cluster(ClusterId=cluster_id)["Cluster"]
        tags = {tag["Key"]: tag["Value"] for tag in described.get("Tags", ())}
        return all(tags.get(tag["Key"]) == tag["Value"] for tag in self.body["Tags"])

    def _create(self) -> str:
        cluster_id = str(self.emr.run_job_flow(**self.body)["JobFlowId"])
        self.log.info("EMR makes cluster %s", cluster_id)
        return cluster_id

    def _state(self, cluster_id: str) -> str:
        return str(self._status(cluster_id)["State"])

    def _status(self, cluster_id: str) -> Mapping[str, Any]:
        answer = self.emr.describe_cluster(ClusterId=cluster_id)
        return dict(answer["Cluster"]["Status"])

    def _defer(self, cluster_id: str) -> None:
        self.defer(
            trigger=EmrCreateJobFlowTrigger(
                job_flow_id=cluster_id,
                aws_conn_id=self.aws_conn_id,
                region_name=self.hook.conn_region_name,
                verify=self.verify,
                botocore_config=self.botocore_config,
                waiter_delay=self.poll_seconds,
                waiter_max_attempts=int(LONGEST_START.total_seconds() // self.poll_seconds),
                waiter_name="job_flow_waiting",
            ),
            method_name="execute_complete",
            kwargs={"cluster_id": cluster_id},
            timeout=LONGEST_START + timedelta(minutes=1),  # should the trigger be lost
        )

    def _conclude(self, cluster_id: str) -> str:
        status = self._status(cluster_id)
        if status["State"] in READY:
            return cluster_id
        if status["State"] not in GONE:
            self.end(cluster_id)
        reason = status.get("StateChangeReason", {}).get("Message") or "EMR gives no reason"
        advice = f". {ADVICE}" if any(word in reason.lower() for word in NO_ROOM) else ""
        raise AirflowException(f"cluster {cluster_id} is {status['State']}: {reason}{advice}")


class EmrEndClusterOperator(ClusterOperator):
    """Terminate a run's cluster; or cancel the run's jobs that its serverless `application` still
    has, such as one whose task lost its worker.
    """

    template_fields: Sequence[str] = aws_template_fields("cluster_id", "application", "lake")

    def __init__(self, *, cluster_id: Any, application: Any, lake: Any, **kwargs: Any) -> None:
        super().__init__(botocore_config=RETRIES, **kwargs)
        self.cluster_id = cluster_id
        self.application = application
        self.lake = lake

    def execute(self, context: Context) -> None:
        """Raises what EMR says where the cluster or a job may still be up."""
        if self.application:
            emr: Any = EmrServerlessHook(**self._hook_parameters).conn
            for job in jobs_under_way(emr, self.application, context["run_id"], self.lake):
                self.log.info("Cancelling job %s, which nobody waits for", job)
                emr.cancel_job_run(applicationId=self.application, jobRunId=job)
            return
        self.link(context, self.cluster_id)
        self.end(self.cluster_id)


def failed_tasks(states: Mapping[str, Any]) -> list[str]:
    """The tasks of a run that failed or were marked so; ``states`` by task, of one run."""
    return sorted(task for task, state in states.items() if state == "failed")
