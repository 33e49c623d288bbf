"""Stages as steps of a run's own EMR cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.hooks.emr import EmrHook
from airflow.providers.amazon.aws.links.emr import EmrClusterLink, EmrLogsLink, get_log_uri
from airflow.sdk.exceptions import AirflowFailException
from botocore.exceptions import ClientError

from verger_emr.backend import CANCELLED, DONE, FAILED, WORKING, Status, Wait
from verger_emr.clients import GONE, UNKNOWN
from verger_emr.step_log import StepLog, step_folder
from verger_emr.triggers import EmrStepTrigger, cancellation

if TYPE_CHECKING:
    from airflow.sdk import Context

# A step in one of these states is not submitted again: it is under way, or it did the work.
ADOPTED = ["PENDING", "RUNNING", "COMPLETED"]
PHASES = {"COMPLETED": DONE, "FAILED": FAILED, "INTERRUPTED": FAILED, "CANCELLED": CANCELLED}


@dataclass(frozen=True)
class ClusterSteps:
    """The step of one stage; `step` is AddJobFlowSteps' description of it."""

    hook: EmrHook
    cluster_id: str
    step: Mapping[str, Any]
    noun: str = "step"

    @property
    def _emr(self) -> Any:
        return self.hook.conn

    def find(self) -> str | None:
        """The step of that name that an earlier try left, the newest first, as EMR lists them."""
        pages = self._emr.get_paginator("list_steps").paginate(
            ClusterId=self.cluster_id, StepStates=ADOPTED
        )
        try:
            steps = [step for page in pages for step in page["Steps"]]
        except ClientError as error:
            raise self._explained(error) from error
        named = (str(step["Id"]) for step in steps if step["Name"] == self.step["Name"])
        return next(named, None)

    def submit(self) -> str:
        """Add the step."""
        try:
            answer = self._emr.add_job_flow_steps(JobFlowId=self.cluster_id, Steps=[self.step])
        except ClientError as error:
            raise self._explained(error) from error
        (step_id,) = answer["StepIds"]
        return str(step_id)

    def status(self, work_id: str) -> Status:
        """DescribeStep's."""
        answer = self._emr.describe_step(ClusterId=self.cluster_id, StepId=work_id)
        status = answer["Step"]["Status"]
        return Status(
            PHASES.get(status["State"], WORKING),
            status["State"],
            status["Timeline"].get("EndDateTime"),
            str(status.get("FailureDetails") or ""),
        )

    def cancel(self, work_id: str) -> None:
        """SIGTERM to it."""
        self._emr.cancel_steps(**cancellation(self.cluster_id, work_id))

    def log(self, work_id: str) -> StepLog:
        """Below the cluster's LogUri."""
        described = self._emr.describe_cluster(ClusterId=self.cluster_id)["Cluster"]
        folder = step_folder(self.cluster_id, work_id)
        return StepLog.at(self.hook.aws_conn_id, described.get("LogUri"), folder)

    def trigger(self, work_id: str, wait: Wait) -> EmrStepTrigger:
        """The provider's, which cancels the step for a person."""
        return EmrStepTrigger(
            job_flow_id=self.cluster_id,
            step_ids=[work_id],
            waiter_delay=wait.delay,
            waiter_max_attempts=wait.attempts,
            **wait.aws,
        )

    def link(self, context: Context, operator: Any, work_id: str) -> None:  # noqa: ARG002
        """To the cluster and its logs."""
        place = {
            "context": context,
            "operator": operator,
            "region_name": self.hook.conn_region_name,
            "aws_partition": self.hook.conn_partition,
            "job_flow_id": self.cluster_id,
        }
        EmrClusterLink.persist(**place)
        log_uri = get_log_uri(emr_client=self._emr, job_flow_id=self.cluster_id)
        EmrLogsLink.persist(**place, log_uri=log_uri)

    def _explained(self, error: ClientError) -> Exception:
        """What EMR's refusal means: a cluster that is gone is told in words that help."""
        if error.response["Error"]["Code"] not in UNKNOWN:
            return error
        state = self._cluster_state()
        if state is not None and state not in GONE:
            return error
        return AirflowFailException(
            f"cluster {self.cluster_id} is gone ({state or 'EMR does not know it'}). "
            "Clear the task create_cluster with its downstream tasks, or trigger the run again: "
            "finished stages are reused."
        )

    def _cluster_state(self) -> str | None:
        """The cluster's state, or None where EMR knows no such cluster."""
        try:
            answer = self._emr.describe_cluster(ClusterId=self.cluster_id)
        except ClientError as error:
            if error.response["Error"]["Code"] in UNKNOWN:
                return None
            raise
        return str(answer["Cluster"]["Status"]["State"])
