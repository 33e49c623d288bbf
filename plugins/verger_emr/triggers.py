"""The wait for a step in Airflow's triggerer, where a deferred task costs no worker."""

from __future__ import annotations

from typing import Any

from airflow.providers.amazon.aws.triggers.emr import EmrAddStepsTrigger


class EmrStageTrigger(EmrAddStepsTrigger):
    """Wait for one step; where a person clears or marks the waiting task, cancel the step.

    Airflow calls `on_kill` for that alone. A triggerer that stops or hands over does not cancel
    anything; the end of the wait is the operator's to handle.
    """

    async def on_kill(self) -> None:
        """Cancel the step: nobody waits for it any more."""
        cluster_id = self.serialized_fields["job_flow_id"]
        (step_id,) = self.serialized_fields["step_ids"]
        self.log.info("Cancelling step %s", step_id)
        hook: Any = self.hook()
        async with await hook.get_async_conn() as emr:
            await emr.cancel_steps(**cancellation(cluster_id, step_id))


def cancellation(cluster_id: str, step_id: str) -> dict[str, Any]:
    """CancelSteps' arguments for one step: SIGTERM, so that Spark can tidy up."""
    return {
        "ClusterId": cluster_id,
        "StepIds": [step_id],
        "StepCancellationOption": "SEND_INTERRUPT",
    }
