"""What the local EMR endpoint takes for granted about moto's inside."""

import inspect

import pytest
from moto.core.base_backend import BackendDict
from moto.emr import models, responses, urls

from local_cloud.emr.cluster import LocalCluster
from local_cloud.emr.models import LocalEmrBackend
from local_cloud.emr.responses import LocalEmrResponse
from local_cloud.emr.step import LocalStep

ADVICE = "moto's EMR changed: read its new release, then adapt local_cloud/emr"

# Every name of moto that a subclass here overrides, with the parameters moto passes to it.
HOOKS = [
    (models.Step, LocalStep, "start", ["self"]),
    (models.Step, LocalStep, "status", None),
    (models.Cluster, LocalCluster, "status", None),
    (models.Cluster, LocalCluster, "run_bootstrap_actions", ["self"]),
    (models.Cluster, LocalCluster, "add_steps", ["self", "steps"]),
    (models.Cluster, LocalCluster, "terminate", ["self"]),
    (models.ElasticMapReduceBackend, LocalEmrBackend, "reset", ["self"]),
    (models.ElasticMapReduceBackend, LocalEmrBackend, "run_job_flow", ["self", "kwargs"]),
    (
        models.ElasticMapReduceBackend,
        LocalEmrBackend,
        "add_instance_groups",
        ["self", "cluster_id", "instance_groups"],
    ),
    (
        models.ElasticMapReduceBackend,
        LocalEmrBackend,
        "list_clusters",
        ["self", "cluster_states", "created_after", "created_before"],
    ),
    (
        models.ElasticMapReduceBackend,
        LocalEmrBackend,
        "modify_cluster",
        ["self", "cluster_id", "step_concurrency_level"],
    ),
    (
        models.ElasticMapReduceBackend,
        LocalEmrBackend,
        "add_job_flow_steps",
        ["self", "job_flow_id", "steps"],
    ),
    (
        models.ElasticMapReduceBackend,
        LocalEmrBackend,
        "describe_step",
        ["self", "cluster_id", "step_id"],
    ),
    (
        models.ElasticMapReduceBackend,
        LocalEmrBackend,
        "list_steps",
        ["self", "cluster_id", "step_ids", "step_states"],
    ),
    (responses.ElasticMapReduceResponse, LocalEmrResponse, "backend", None),
    (responses.ElasticMapReduceResponse, LocalEmrResponse, "call_action", ["self"]),
    (responses.ElasticMapReduceResponse, LocalEmrResponse, "run_job_flow", ["self"]),
]


@pytest.mark.parametrize(
    ("original", "local", "name", "parameters"),
    HOOKS,
    ids=[f"{local.__name__}.{name}" for _, local, name, _ in HOOKS],
)
def test_moto_still_has_each_hook_that_is_overridden(
    original: type, local: type, name: str, parameters: list[str] | None
) -> None:
    assert name in vars(local), f"{local.__name__}.{name} is gone: take it out of this list"
    hook = inspect.getattr_static(original, name, None)
    assert hook is not None, f"no {original.__name__}.{name}. {ADVICE}"
    if parameters is None:
        assert isinstance(hook, property), f"{original.__name__}.{name}. {ADVICE}"
    else:
        assert list(inspect.signature(hook).parameters) == parameters, ADVICE


def test_no_other_part_of_moto_is_overridden_unnoticed() -> None:
    listed = {(local, name) for _, local, name, _ in HOOKS}
    for local, original in {(local, original) for original, local, _, _ in HOOKS}:
        for name in vars(local):
            if not name.startswith("__") and name not in ("instances_tracked", "state"):
                assert not hasattr(original, name) or (local, name) in listed, name


def test_moto_still_takes_a_backend_class_and_finds_the_urls_beside_it() -> None:
    assert isinstance(models.emr_backends, BackendDict), ADVICE
    assert models.emr_backends.backend is models.ElasticMapReduceBackend, ADVICE
    backend = LocalEmrBackend("us-east-1", "123456789012")
    assert backend.url_bases == urls.url_bases, ADVICE
    assert list(backend.url_paths.values()) == [LocalEmrResponse.dispatch], ADVICE
