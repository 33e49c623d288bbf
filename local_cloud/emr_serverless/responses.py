"""EMR Serverless' API calls, one at a time, so that each sees a consistent state."""

from __future__ import annotations

from typing import Any, cast

from moto.emrserverless.responses import EMRServerlessResponse

from local_cloud.emr_serverless.models import LocalServerlessBackend


class LocalServerlessResponse(EMRServerlessResponse):
    """One request."""

    @property
    def emrserverless_backend(self) -> LocalServerlessBackend:
        return cast(LocalServerlessBackend, super().emrserverless_backend)

    def call_action(self) -> Any:
        with self.emrserverless_backend.schedule.changing():
            return super().call_action()
