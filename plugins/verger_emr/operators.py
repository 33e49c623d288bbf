"""The operator that runs one stage as one EMR step."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.configuration import conf
from airflow.providers.amazon.aws.hooks.emr import EmrHook
from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.providers.amazon.aws.links.emr import EmrClusterLink, EmrLogsLink, get_log_uri
from airflow.providers.amazon.aws.operators.base_aws import AwsBaseOperator
from airflow.providers.amazon.aws.utils.mixins import aws_template_fields
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowTaskTimeout
from botocore.exceptions import ClientError

from verger.contract import find_failure
from verger.lake.checkpoint import Lake
from verger.objects.addresses import open_storage
from verger.planning.plan import read_plan
from verger.planning.planner import find_all
from verger_emr.clients import GONE, RETRIES, UNKNOWN, is_given_up
from verger_emr.step_log import StepLog
from verger_emr.triggers import EmrStageTrigger, cancellation

if TYPE_CHECKING:
    from airflow.sdk import Context

# A step in one of these states is not submitted again: it is under way, or it did the work.
ADOPTED = ["PENDING", "RUNNING", "COMPLETED"]
FINISHED = ("COMPLETED", "CANCELLED", "FAILED", "INTERRUPTED")


class EmrStageOperator(AwsBaseOperator[EmrHook]):
    """Add a stage's step to the cluster and wait for it.

    A retried or cleared task finds the step of its name that an earlier try left and concludes with
    that one, if it is running, or if it completed and the lake still holds its checkpoints. When
    the step fails, the task's log ends with the step's own error; a reason that only a person can
    mend is not retried. A task that a person ends, or that is out of time, cancels its step; one
    that loses its Airflow (a laptop slept, a worker was replaced) leaves it to the next try. A
    stage that the plan reuses has no step (`step` is None) and asks nothing of EMR.
    """

    aws_hook_class = EmrHook
    template_fields: Sequence[str] = aws_template_fields("cluster_id", "step", "lake")
    template_fields_renderers = {"step": "json"}  # noqa: RUF012  as Airflow declares it
    operator_extra_links = (EmrClusterLink(), EmrLogsLink())
    ui_color = "#e3f2c1"

    def __init__(
        self,
        *,
        stage: str,
        cluster_id: Any,
        step: Any,
        lake: Any,
        poll_seconds: int,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        **kwargs: Any,
    ) -> None:
        super().__init__(botocore_config=RETRIES, **kwargs)
        self.stage = stage
        self.cluster_id = cluster_id
        self.step = step
        self.lake = lake
        self.poll_seconds = poll_seconds
        self.deferrable = deferrable
        self._step_id: str | None = None
        self._context: Context | None = None

    def execute(self, context: Context) -> str | None:
        """Run the step to its end; returns its id, or None where the stage is reused."""
        if self.step is None:
            self.log.info("%s is reused: the plan found its checkpoint", self.stage)
            return None
        step_id = self._earlier_step(context["run_id"]) or self._add_step()
        self._step_id, self._context = step_id, context
        self._persist_links(context)
        if self.deferrable and self._state(step_id) not in FINISHED:
            self._defer(step_id)
        try:
            while self._state(step_id) not in FINISHED:
                time.sleep(self.poll_seconds)
        except AirflowTaskTimeout:
            self._cancel(step_id)
            raise
        return self._conclude(step_id)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> str:  # noqa: ARG002
        """Back from the triggerer: the step has ended, or the wait has."""
        (step_id,) = event["value"]
        if self._state(step_id) not in FINISHED:
            self._cancel(step_id)
            raise AirflowException(f"{self.stage}: stopped waiting: {event.get('message')}")
        return self._conclude(step_id)

    def on_kill(self) -> None:
        """Cancel the step if a person has ended the task. A deferred task's trigger does it."""
        if self._step_id is not None and self._context is not None and is_given_up(self._context):
            self._cancel(self._step_id)

    @property
    def _emr(self) -> Any:
        return self.hook.conn

    def _earlier_step(self, run_id: str) -> str | None:
        try:
            steps = [
                step
                for page in self._emr.get_paginator("list_steps").paginate(
                    ClusterId=self.cluster_id, StepStates=ADOPTED
                )
                for step in page["Steps"]
                if step["Name"] == self.step["Name"]
            ]
        except ClientError as error:
            raise self._explained(error) from error
        if not steps:
            return None
        newest = steps[0]  # as EMR lists them
        step_id, state = str(newest["Id"]), newest["Status"]["State"]
        if state == "COMPLETED" and not self._has_checkpoints(run_id):
            self.log.info("Step %s completed, but its checkpoints are gone: once more", step_id)
            return None
        self.log.info("Step %s of an earlier try is %s; no second one is added", step_id, state)
        return step_id

    def _has_checkpoints(self, run_id: str) -> bool:
        """Whether the lake holds all that the stage has to bring into being."""
        storage = open_storage(self.lake, S3Hook(aws_conn_id=self.aws_conn_id).get_conn())
        needed = read_plan(storage, run_id).checkpoints()[self.stage]
        return find_all(Lake(storage), needed) is not None

    def _add_step(self) -> str:
        try:
            answer = self._emr.add_job_flow_steps(JobFlowId=self.cluster_id, Steps=[self.step])
        except ClientError as error:
            raise self._explained(error) from error
        (step_id,) = answer["StepIds"]
        self.log.info("Added step %s to cluster %s", step_id, self.cluster_id)
        return str(step_id)

    def _explained(self, error: ClientError) -> Exception:
        """What EMR's refusal means: a cluster that is gone is told in words that help."""
        if error.response["Error"]["Code"] not in UNKNOWN:
            return error
        state = self._cluster_state()
        if state is not None and state not in GONE:
            return error
        return AirflowFailException(
            f"{self.stage}: cluster {self.cluster_id} is gone ({state or 'EMR does not know it'}). "
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

    def _defer(self, step_id: str) -> None:
        limit = self.execution_timeout or timedelta(hours=12)
        self.defer(
            trigger=EmrStageTrigger(
                job_flow_id=self.cluster_id,
                step_ids=[step_id],
                waiter_delay=self.poll_seconds,
                waiter_max_attempts=max(1, int(limit.total_seconds() // self.poll_seconds)),
                aws_conn_id=self.aws_conn_id,
                region_name=self.hook.conn_region_name,
                verify=self.verify,
                botocore_config=self.botocore_config,
            ),
            method_name="execute_complete",
            timeout=limit + timedelta(minutes=1),  # should the trigger be lost
        )

    def _describe(self, step_id: str) -> dict[str, Any]:
        answer = self._emr.describe_step(ClusterId=self.cluster_id, StepId=step_id)
        return dict(answer["Step"]["Status"])

    def _state(self, step_id: str) -> str:
        return str(self._describe(step_id)["State"])

    def _conclude(self, step_id: str) -> str:
        status = self._describe(step_id)
        if status["State"] == "COMPLETED":
            return step_id
        log = StepLog.of(self.hook, self.cluster_id, step_id)
        said = log.read(status, self.poll_seconds, lambda words: find_failure(self.stage, words))
        reason = said or str(status.get("FailureDetails") or "EMR gives no reason")
        self.log.error("Step %s %s. The end of what it said:\n%s", step_id, status["State"], reason)
        if to_mend := find_failure(self.stage, said):
            raise AirflowFailException(f"{self.stage} failed: {to_mend}")
        raise AirflowException(f"{self.stage}: step {step_id} {status['State']}\n{reason}")

    def _cancel(self, step_id: str) -> None:
        self.log.info("Cancelling step %s", step_id)
        try:
            self._emr.cancel_steps(**cancellation(self.cluster_id, step_id))
        except ClientError as error:  # it must not hide why the task ends
            self.log.warning("Step %s could not be cancelled: %s", step_id, error)

    def _persist_links(self, context: Context) -> None:
        place = {
            "context": context,
            "operator": self,
            "region_name": self.hook.conn_region_name,
            "aws_partition": self.hook.conn_partition,
            "job_flow_id": self.cluster_id,
        }
        EmrClusterLink.persist(**place)
        log_uri = get_log_uri(emr_client=self._emr, job_flow_id=self.cluster_id)
        EmrLogsLink.persist(**place, log_uri=log_uri)
