"""The cluster of a run from its first task to its last, and how a run ends."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.hooks.emr import EmrHook
from airflow.providers.amazon.aws.links.emr import EmrClusterLink
from airflow.providers.amazon.aws.operators.base_aws import AwsBaseOperator
from airflow.providers.amazon.aws.triggers.emr import EmrCreateJobFlowTrigger
from airflow.providers.amazon.aws.utils.mixins import aws_template_fields
from airflow.sdk.exceptions import AirflowException
from botocore.exceptions import ClientError

from verger_emr.clients import GONE, RETRIES, UNKNOWN, is_given_up

if TYPE_CHECKING:
    from airflow.sdk import Context

COMING = ["STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING"]
READY = ("RUNNING", "WAITING")
LONGEST_START = timedelta(hours=1)


class ClusterOperator(AwsBaseOperator[EmrHook]):
    """What the first and the last task of a cluster have in common."""

    aws_hook_class = EmrHook
    operator_extra_links = (EmrClusterLink(),)
    ui_color = "#f9c915"

    @property
    def emr(self) -> Any:
        """A client of EMR."""
        return self.hook.conn

    def end(self, cluster_id: str) -> None:
        """Have EMR terminate a cluster; from its answer on EMR brings it down by itself.

        One that has ended, or that EMR has forgotten, is terminated. Raises ClientError where the
        cluster may still be up, such as a protected one.
        """
        try:
            self.emr.terminate_job_flows(JobFlowIds=[cluster_id])
        except ClientError as error:
            if self.is_known(cluster_id):
                raise
            self.log.info("EMR does not know %s any more (%s)", cluster_id, error)
            return
        self.log.info("EMR terminates cluster %s", cluster_id)

    def is_known(self, cluster_id: str) -> bool:
        """Whether EMR has heard of a cluster."""
        try:
            self.emr.describe_cluster(ClusterId=cluster_id)
        except ClientError as error:
            return error.response["Error"]["Code"] not in UNKNOWN
        return True

    def link(self, context: Context, cluster_id: str) -> None:
        """Show a link to the cluster beside the task."""
        EmrClusterLink.persist(
            context=context,
            operator=self,
            region_name=self.hook.conn_region_name,
            aws_partition=self.hook.conn_partition,
            job_flow_id=cluster_id,
        )


class EmrStartClusterOperator(ClusterOperator):
    """Ask for a run's cluster and wait until it takes steps; returns its id.

    A try that follows a broken one goes on with the cluster that this one asked for. A cluster that
    does not become ready, or that nobody waits for any more, is terminated: no teardown follows a
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
        raise AirflowException(f"cluster {cluster_id} is {status['State']}: {reason}")


class EmrEndClusterOperator(ClusterOperator):
    """Terminate a run's cluster."""

    template_fields: Sequence[str] = aws_template_fields("cluster_id")

    def __init__(self, *, cluster_id: Any, **kwargs: Any) -> None:
        super().__init__(botocore_config=RETRIES, **kwargs)
        self.cluster_id = cluster_id

    def execute(self, context: Context) -> None:
        """Raises what EMR says where the cluster may still be up."""
        self.link(context, self.cluster_id)
        self.end(self.cluster_id)


def failed_tasks(states: Mapping[str, Any]) -> list[str]:
    """The tasks of a run that failed or were marked so; ``states`` by task, of one run."""
    return sorted(task for task, state in states.items() if state == "failed")
