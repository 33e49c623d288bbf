"""EMR's API calls, where moto lacks one or a parameter of one."""

from __future__ import annotations

import json
from typing import Any, cast

from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult
from moto.emr.responses import ElasticMapReduceResponse

from local_cloud.emr.models import LocalEmrBackend


class ThrottlingError(JsonRESTError):
    """EMR has had too many calls of this account."""

    def __init__(self) -> None:
        super().__init__("ThrottlingException", "Rate exceeded")


class LocalEmrResponse(ElasticMapReduceResponse):
    """One request."""

    @property
    def backend(self) -> LocalEmrBackend:
        return cast(LocalEmrBackend, super().backend)

    def call_action(self) -> Any:
        """One call at a time, so that each sees clusters and steps in a consistent state."""
        if self.backend.schedule.throttles():
            raise ThrottlingError
        with self.backend.schedule.changing():
            return super().call_action()

    def run_job_flow(self) -> ActionResult:
        request = json.loads(self.body)
        self.backend.refuse(request)
        known = set(self.backend.clusters)
        try:
            result = super().run_job_flow()
        except Exception:
            # moto registers a cluster before it has checked all of the request.
            for cluster_id in set(self.backend.clusters) - known:
                del self.backend.clusters[cluster_id]
            raise
        (created,) = set(self.backend.clusters) - known
        self.backend.launch(created, request)
        return result

    def cancel_steps(self) -> ActionResult:
        answers = self.backend.cancel_steps(
            self._get_param("ClusterId"),
            self._get_param("StepIds", []),
            self._get_param("StepCancellationOption", "SEND_INTERRUPT"),
        )
        return ActionResult({"CancelStepsInfoList": answers})
