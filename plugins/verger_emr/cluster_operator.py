"""What the first and the last task of a run's cluster have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.hooks.emr import EmrHook
from airflow.providers.amazon.aws.links.emr import EmrClusterLink
from airflow.providers.amazon.aws.operators.base_aws import AwsBaseOperator
from botocore.exceptions import ClientError

from verger_emr.clients import UNKNOWN

if TYPE_CHECKING:
    from airflow.sdk import Context


class ClusterOperator(AwsBaseOperator[EmrHook]):
    """A task about a cluster: EMR's client, its end, its link."""

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
