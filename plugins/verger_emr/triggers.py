"""The wait for a stage in Airflow's triggerer, where a deferred task costs no worker.

Where a person clears or marks the waiting task, the work is cancelled: Airflow calls `on_kill` for
that alone. A triggerer that stops or hands over does not cancel anything; the end of the wait is
the operator's to handle.
"""

from __future__ import annotations

from typing import Any

from airflow.providers.amazon.aws.hooks.emr import EmrServerlessHook
from airflow.providers.amazon.aws.triggers.base import AwsBaseWaiterTrigger
from airflow.providers.amazon.aws.triggers.emr import EmrAddStepsTrigger


class EmrStepTrigger(EmrAddStepsTrigger):
    """Wait for one step of a cluster."""

    async def on_kill(self) -> None:
        """Cancel the step: nobody waits for it any more."""
        cluster_id = self.serialized_fields["job_flow_id"]
        (step_id,) = self.serialized_fields["step_ids"]
        self.log.info("Cancelling step %s", step_id)
        hook: Any = self.hook()
        async with await hook.get_async_conn() as emr:
            await emr.cancel_steps(**cancellation(cluster_id, step_id))


class EmrJobTrigger(AwsBaseWaiterTrigger):
    """Wait for one job of a serverless application.

    The provider's own asks Airflow for the task's state where its triggerer stops, and may cancel.
    """

    aws_hook_class = EmrServerlessHook

    def __init__(
        self,
        *,
        application_id: str,
        job_id: str,
        waiter_delay: int,
        waiter_max_attempts: int,
        **aws: Any,
    ) -> None:
        super().__init__(
            serialized_fields={"application_id": application_id, "job_id": job_id},
            waiter_name="serverless_job_completed",
            waiter_args={"applicationId": application_id, "jobRunId": job_id},
            failure_message=f"Job {job_id} did not succeed",
            status_message=f"Job {job_id} is",
            status_queries=["jobRun.state", "jobRun.stateDetails"],
            return_value=[job_id],
            waiter_delay=waiter_delay,
            waiter_max_attempts=waiter_max_attempts,
            **aws,
        )

    def hook(self) -> EmrServerlessHook:
        """Made here: older releases of the provider leave it to each trigger."""
        return EmrServerlessHook(
            aws_conn_id=self.aws_conn_id,
            region_name=self.region_name,
            verify=self.verify,
            config=self.botocore_config,
        )

    async def on_kill(self) -> None:
        """Cancel the job: nobody waits for it any more."""
        application_id = self.serialized_fields["application_id"]
        job_id = self.serialized_fields["job_id"]
        self.log.info("Cancelling job %s", job_id)
        hook: Any = self.hook()
        async with await hook.get_async_conn() as emr:
            await emr.cancel_job_run(applicationId=application_id, jobRunId=job_id)


def cancellation(cluster_id: str, step_id: str) -> dict[str, Any]:
    """CancelSteps' arguments for one step: SIGTERM, so that Spark can tidy up."""
    return {
        "ClusterId": cluster_id,
        "StepIds": [step_id],
        "StepCancellationOption": "SEND_INTERRUPT",
    }
