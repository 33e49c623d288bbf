"""What the local EMR Serverless takes for granted about moto's inside."""

import inspect

import pytest
from moto.core.base_backend import BackendDict
from moto.emrserverless import models, responses, urls

from local_cloud.emr_serverless.models import LocalServerlessBackend
from local_cloud.emr_serverless.responses import LocalServerlessResponse

ADVICE = "moto's EMR Serverless changed: read its new release, then adapt local_cloud"
PASSED = {
    "start_job_run": ["application_id", "client_token", "execution_role_arn", "job_driver"],
    "get_job_run": ["application_id", "job_run_id"],
    "cancel_job_run": ["application_id", "job_run_id"],
    "list_job_runs": ["application_id", "created_at_after", "created_at_before", "states"],
    "start_application": ["application_id"],
    "stop_application": ["application_id"],
    "create_application": ["name", "release_label", "application_type", "client_token"],
}


@pytest.mark.parametrize("name", PASSED)
def test_moto_still_has_each_call_that_is_overridden(name: str) -> None:
    assert name in vars(LocalServerlessBackend), f"{name} is gone: take it out of this list"
    hook = getattr(models.EMRServerlessBackend, name, None)
    assert hook is not None, f"no {name}. {ADVICE}"
    known = list(inspect.signature(hook).parameters)[1:]
    assert known[: len(PASSED[name])] == PASSED[name], ADVICE


def test_moto_still_takes_a_backend_class_and_finds_the_urls_beside_it() -> None:
    assert isinstance(models.emrserverless_backends, BackendDict), ADVICE
    backend = LocalServerlessBackend("us-east-1", "123456789012")
    assert backend.url_bases == urls.url_bases, ADVICE
    assert set(backend.url_paths.values()) == {LocalServerlessResponse.dispatch}, ADVICE
    assert hasattr(responses.EMRServerlessResponse, "emrserverless_backend"), ADVICE
