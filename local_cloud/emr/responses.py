"""EMR's API calls, where moto lacks one or a parameter of one."""

from __future__ import annotations

from typing import Any, cast

from moto.core.responses import ActionResult
from moto.emr.exceptions import ValidationException
from moto.emr.responses import ElasticMapReduceResponse

from local_cloud.emr.models import LocalEmrBackend


class LocalEmrResponse(ElasticMapReduceResponse):
    """One request."""

    @property
    def backend(self) -> LocalEmrBackend:
        return cast(LocalEmrBackend, super().backend)

    def call_action(self) -> Any:
        """One call at a time, so that each sees clusters and steps in a consistent state."""
        with self.backend.schedule.changing():
            return super().call_action()

    def run_job_flow(self) -> ActionResult:
        idle_timeout = self._idle_timeout()
        known = set(self.backend.clusters)
        try:
            result = super().run_job_flow()
        except Exception:
            # moto registers a cluster before it has checked all of the request.
            for cluster_id in set(self.backend.clusters) - known:
                del self.backend.clusters[cluster_id]
            raise
        (created,) = set(self.backend.clusters) - known
        self.backend.launch(created, idle_timeout)
        return result

    def cancel_steps(self) -> ActionResult:
        answers = self.backend.cancel_steps(
            self._get_param("ClusterId"),
            self._get_param("StepIds", []),
            self._get_param("StepCancellationOption", "SEND_INTERRUPT"),
        )
        return ActionResult({"CancelStepsInfoList": answers})

    def _idle_timeout(self) -> int | None:
        """AutoTerminationPolicy's seconds; EMR wants 60 or more, a trial here need not wait."""
        seconds = self._get_param("AutoTerminationPolicy.IdleTimeout")
        if seconds is None:
            return None
        if seconds < 1:
            raise ValidationException("AutoTerminationPolicy.IdleTimeout must be 1 second or more.")
        return int(seconds)
