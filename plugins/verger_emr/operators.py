"""The operator that runs one stage: as a step of a cluster, or as a serverless job."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow.configuration import conf
from airflow.providers.amazon.aws.hooks.emr import EmrHook, EmrServerlessHook
from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.providers.amazon.aws.links.emr import (
    EmrClusterLink,
    EmrLogsLink,
    EmrServerlessS3LogsLink,
)
from airflow.providers.amazon.aws.operators.base_aws import AwsBaseOperator
from airflow.providers.amazon.aws.utils.mixins import aws_template_fields
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowTaskTimeout
from botocore.exceptions import ClientError

from verger.contract import find_failure
from verger.lake.store import Lake
from verger.objects.addresses import open_storage
from verger.planning.plan import read_plan
from verger.planning.planner import find_all
from verger_emr.backend import DONE, WORKING, Backend, Wait
from verger_emr.clients import RETRIES, is_given_up
from verger_emr.cluster_steps import ClusterSteps
from verger_emr.serverless import ServerlessJobs
from verger_runs.backends import SERVERLESS
from verger_runs.lineage import of_stage

if TYPE_CHECKING:
    from airflow.providers.openlineage.extractors import OperatorLineage
    from airflow.sdk import Context


class EmrStageOperator(AwsBaseOperator[EmrHook]):
    """Have a stage's work done and wait for it.

    `work` is what the plan made of the stage for its `backend`: a step, or a job's request. A
    retried or cleared task finds the work of its name that an earlier try left and concludes with
    that one, if it is running, or if it is done and the lake still holds its checkpoints. When
    the work fails, the task's log ends with the work's own error; a reason that only a person can
    mend is not retried. A task that a person ends, or that is out of time, cancels its work; one
    that loses its Airflow (a laptop slept, a worker was replaced) leaves it to the next try. A
    stage that the plan reuses has no work (`work` is None) and asks nothing of EMR.
    """

    aws_hook_class = EmrHook
    template_fields: Sequence[str] = aws_template_fields("backend", "cluster_id", "work", "lake")
    template_fields_renderers = {"work": "json"}  # noqa: RUF012  as Airflow declares it
    operator_extra_links = (EmrClusterLink(), EmrLogsLink(), EmrServerlessS3LogsLink())
    ui_color = "#e3f2c1"

    def __init__(
        self,
        *,
        stage: str,
        backend: Any,
        cluster_id: Any,
        work: Any,
        lake: Any,
        poll_seconds: int,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        **kwargs: Any,
    ) -> None:
        super().__init__(botocore_config=RETRIES, **kwargs)
        self.stage = stage
        self.backend = backend
        self.cluster_id = cluster_id
        self.work = work
        self.lake = lake
        self.poll_seconds = poll_seconds
        self.deferrable = deferrable
        self._begun: tuple[str, Context] | None = None

    def execute(self, context: Context) -> str | None:
        """Run the work to its end; returns its id, or None where the stage is reused."""
        if self.work is None:
            self.log.info("%s is reused: the plan found its checkpoint", self.stage)
            return None
        work_id = self._earlier(context["run_id"]) or self._submit()
        self._begun = work_id, context
        self.emr.link(context, self, work_id)
        if self.deferrable and self._works(work_id):
            self._defer(work_id)
        try:
            while self._works(work_id):
                time.sleep(self.poll_seconds)
        except AirflowTaskTimeout:
            self._cancel(work_id)
            raise
        return self._conclude(work_id)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> str:  # noqa: ARG002
        """Back from the triggerer: the work has ended, or the wait has."""
        (work_id,) = event["value"]
        if self._works(work_id):
            self._cancel(work_id)
            raise AirflowException(f"{self.stage}: stopped waiting: {event.get('message')}")
        return self._conclude(work_id)

    def on_kill(self) -> None:
        """Cancel the work if a person has ended the task. A deferred task's trigger does it."""
        if self._begun is not None and is_given_up(self._begun[1]):
            self._cancel(self._begun[0])

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> OperatorLineage[Any, Any]:
        """What the stage has read and made, for Airflow's provider of OpenLineage."""
        storage = open_storage(self.lake, S3Hook(aws_conn_id=self.aws_conn_id).get_conn())
        return of_stage(Lake(storage), task_instance.run_id, self.stage)

    @cached_property
    def emr(self) -> Backend:
        """What runs the stage; for a task that runs, as its templates are rendered by then."""
        if self.backend == SERVERLESS:
            return ServerlessJobs(EmrServerlessHook(**self._hook_parameters), self.work)
        return ClusterSteps(self.hook, self.cluster_id, self.work)

    def _earlier(self, run_id: str) -> str | None:
        emr = self.emr
        try:
            work_id = emr.find()
        except AirflowFailException as error:
            raise AirflowFailException(f"{self.stage}: {error}") from error
        if work_id is None:
            return None
        status = emr.status(work_id)
        if status.phase == DONE and not self._has_checkpoints(run_id):
            self.log.info("%s %s is done, but its checkpoints are gone: again", emr.noun, work_id)
            return None
        self.log.info(
            "%s %s of an earlier try is %s; no second one", emr.noun, work_id, status.state
        )
        return work_id

    def _has_checkpoints(self, run_id: str) -> bool:
        """Whether the lake holds all that the stage has to bring into being."""
        storage = open_storage(self.lake, S3Hook(aws_conn_id=self.aws_conn_id).get_conn())
        needed = read_plan(storage, run_id).checkpoints()[self.stage]
        return find_all(Lake(storage), needed) is not None

    def _submit(self) -> str:
        work_id = self.emr.submit()
        self.log.info("EMR has %s %s", self.emr.noun, work_id)
        return work_id

    def _works(self, work_id: str) -> bool:
        return self.emr.status(work_id).phase == WORKING

    def _defer(self, work_id: str) -> None:
        limit = self.execution_timeout or timedelta(hours=12)
        wait = Wait(
            self.poll_seconds,
            max(1, int(limit.total_seconds() // self.poll_seconds)),
            {
                "aws_conn_id": self.aws_conn_id,
                "region_name": self.hook.conn_region_name,
                "verify": self.verify,
                "botocore_config": self.botocore_config,
            },
        )
        self.defer(
            trigger=self.emr.trigger(work_id, wait),
            method_name="execute_complete",
            timeout=limit + timedelta(minutes=1),  # should the trigger be lost
        )

    def _conclude(self, work_id: str) -> str:
        emr = self.emr
        status = emr.status(work_id)
        if status.phase == DONE:
            return work_id
        said = emr.log(work_id).read(
            status, self.poll_seconds, lambda words: find_failure(self.stage, words)
        )
        what = f"{emr.noun} {work_id} {status.state}"
        reason = said or status.reason or "EMR gives no reason"
        self.log.error("%s. The end of what it said:\n%s", what, reason)
        if to_mend := find_failure(self.stage, said):
            raise AirflowFailException(f"{self.stage} failed: {to_mend}")
        raise AirflowException(f"{self.stage}: {what}\n{reason}")

    def _cancel(self, work_id: str) -> None:
        self.log.info("Cancelling %s %s", self.emr.noun, work_id)
        try:
            self.emr.cancel(work_id)
        except ClientError as error:  # it must not hide why the task ends
            self.log.warning("%s could not be cancelled: %s", work_id, error)
