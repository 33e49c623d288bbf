"""The end of a run: its cluster goes, and a run that failed anywhere ends as failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.hooks.emr import EmrHook
from airflow.providers.amazon.aws.links.emr import EmrClusterLink
from airflow.providers.amazon.aws.operators.base_aws import AwsBaseOperator
from airflow.providers.amazon.aws.utils.mixins import aws_template_fields
from botocore.exceptions import ClientError

from verger_emr.clients import RETRIES, UNKNOWN

if TYPE_CHECKING:
    from airflow.sdk import Context


class EmrEndClusterOperator(AwsBaseOperator[EmrHook]):
    """Terminate a cluster; one that has ended, or that EMR has forgotten, is terminated.

    EMR's answer is the end of the task: from then on EMR itself brings the cluster down.
    """

    aws_hook_class = EmrHook
    template_fields: Sequence[str] = aws_template_fields("cluster_id")
    operator_extra_links = (EmrClusterLink(),)
    ui_color = "#f9c915"

    def __init__(self, *, cluster_id: Any, **kwargs: Any) -> None:
        super().__init__(botocore_config=RETRIES, **kwargs)
        self.cluster_id = cluster_id

    def execute(self, context: Context) -> None:
        """Raises what EMR says where the cluster may still be up, such as a protected one."""
        EmrClusterLink.persist(
            context=context,
            operator=self,
            region_name=self.hook.conn_region_name,
            aws_partition=self.hook.conn_partition,
            job_flow_id=self.cluster_id,
        )
        try:
            self._emr.terminate_job_flows(JobFlowIds=[self.cluster_id])
        except ClientError as error:
            if self._is_known():
                raise
            self.log.info("EMR does not know %s any more (%s)", self.cluster_id, error)
            return
        self.log.info("EMR terminates cluster %s", self.cluster_id)

    @property
    def _emr(self) -> Any:
        return self.hook.conn

    def _is_known(self) -> bool:
        try:
            self._emr.describe_cluster(ClusterId=self.cluster_id)
        except ClientError as error:
            return error.response["Error"]["Code"] not in UNKNOWN
        return True


def failed_tasks(states: Mapping[str, Any]) -> list[str]:
    """The tasks of a run that failed or were marked so; ``states`` by task, of one run."""
    return sorted(task for task, state in states.items() if state == "failed")
