"""moto's EMR backend over clusters that live and steps that run.

moto finds the routes of a backend in the `urls` module beside its `models` module.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from moto.emr import models as moto_emr
from moto.emr.exceptions import InvalidCluster, InvalidRequestException, ValidationException

from local_cloud.emr.blueprint import Blueprint, refuse
from local_cloud.emr.cluster import LocalCluster
from local_cloud.emr.outcome import Outcome
from local_cloud.emr.schedule import StepSchedule
from local_cloud.emr.step import LocalStep


class Clusters(dict[str, LocalCluster]):
    """Clusters by id: an unknown id is EMR's error in every call, where moto answers 500."""

    def __missing__(self, cluster_id: str) -> LocalCluster:
        raise InvalidCluster(cluster_id)


class LocalEmrBackend(moto_emr.ElasticMapReduceBackend):
    """The API's calls; the schedule's lock is held around each."""

    # moto itself creates backends, one per account and region, and passes no more than those two.
    schedule: ClassVar[StepSchedule]

    clusters: Clusters  # type: ignore[assignment]  # moto's own type is of its own Cluster

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.clusters = Clusters()

    def reset(self) -> None:
        """moto's own reset call forgets clusters: their steps must not run on unseen."""
        with self.schedule.changing():
            for cluster in self.clusters.values():
                cluster.terminate()
            super().reset()

    def run_job_flow(self, **kwargs: Any) -> LocalCluster:
        attributes = kwargs["instance_attrs"]
        (
            attributes["emr_managed_master_security_group"],
            attributes["emr_managed_slave_security_group"],
            attributes["service_access_security_group"],
        ) = self._manage_security_groups(**attributes)
        # moto leaves CloudFormation methods abstract and makes instances all the same.
        return LocalCluster(self, self.schedule, **kwargs)  # type: ignore[abstract]

    def add_instance_groups(
        self, cluster_id: str, instance_groups: list[dict[str, Any]]
    ) -> list[moto_emr.InstanceGroup]:
        for group in instance_groups:
            group.pop("configurations", None)  # moto knows none; it also asks for EC2's instances
        return super().add_instance_groups(cluster_id, instance_groups)

    def refuse(self, request: dict[str, Any]) -> None:
        """Raise moto's ValidationException for what EMR would not take from RunJobFlow."""
        release = request.get("ReleaseLabel", "")
        releases = self.list_release_labels()
        types = self._get_instance_type_names(release) if release in releases else ()
        refuse(request, releases, types, self.schedule.settings.least_idle)

    def launch(self, cluster_id: str, request: dict[str, Any]) -> None:
        """Start the life of a cluster that moto has built completely."""
        cluster = self.clusters[cluster_id]
        self.schedule.enrol(cluster)
        cluster.launch(Blueprint.read(request, self._instance_types))
        self._forget_old_ones()

    def resume(self, record: dict[str, Any]) -> None:
        """A cluster as an earlier server knew it; steps that ran then wait to run again."""
        request = {**record["request"], "cluster_id": record["id"]}
        cluster = LocalCluster(self, self.schedule, **request)  # type: ignore[abstract]
        self.schedule.enrol(cluster)
        cluster.resume(record)
        self._forget_old_ones()

    def _forget_old_ones(self) -> None:
        if self.schedule.memory is not None:
            for cluster_id in self.schedule.memory.forget(self.clusters.values()):
                del self.clusters[cluster_id]

    def list_clusters(self, *args: Any, **kwargs: Any) -> list[moto_emr.Cluster]:
        """Newest first, as EMR lists them."""
        clusters = super().list_clusters(*args, **kwargs)
        return sorted(clusters, key=lambda cluster: cluster.creation_datetime, reverse=True)

    def modify_cluster(self, cluster_id: str, step_concurrency_level: int) -> moto_emr.Cluster:
        cluster = super().modify_cluster(cluster_id, step_concurrency_level)
        self.schedule.dispatch()
        return cluster

    def add_job_flow_steps(
        self, job_flow_id: str, steps: list[dict[str, Any]]
    ) -> list[moto_emr.Step]:
        cluster = self.clusters[job_flow_id]
        _refuse_drastic_actions_of_parallel_steps(cluster, steps)
        added = cluster.add_steps(steps)
        cluster.settle()
        self.schedule.dispatch()
        return list(added)

    def describe_step(self, cluster_id: str, step_id: str) -> LocalStep:
        return self._steps(cluster_id, [step_id])[0]

    def list_steps(
        self,
        cluster_id: str,
        step_ids: list[str] | None = None,
        step_states: list[str] | None = None,
    ) -> list[moto_emr.Step]:
        self._steps(cluster_id, step_ids or [])
        return super().list_steps(cluster_id, step_ids, step_states)

    def cancel_steps(
        self, cluster_id: str, step_ids: list[str], option: str
    ) -> list[dict[str, str]]:
        """EMR's CancelStepsInfoList; `option` is SEND_INTERRUPT or TERMINATE_PROCESS."""
        answers = [_cancel(step, option) for step in self._steps(cluster_id, step_ids)]
        self.clusters[cluster_id].settle()
        self.schedule.dispatch()
        return answers

    def _steps(self, cluster_id: str, step_ids: Sequence[str]) -> list[LocalStep]:
        """The steps with these ids; raises EMR's error for an unknown one."""
        known = {step.id: step for step in self.clusters[cluster_id].steps}
        for step_id in step_ids:
            if step_id not in known:
                raise InvalidRequestException(f"Step id '{step_id}' is not valid.")
        return [known[step_id] for step_id in step_ids]


def _cancel(step: LocalStep, option: str) -> dict[str, str]:
    if step.pending:
        step.finish(Outcome("CANCELLED"))
    elif step.run is not None:
        step.cancelling()
        if option == "TERMINATE_PROCESS":
            step.run.kill()
        else:
            step.run.interrupt()
    else:
        reason = f"Step is already {step.state} and cannot be cancelled."
        return {"StepId": step.id, "Status": "FAILED", "Reason": reason}
    return {"StepId": step.id, "Status": "SUBMITTED"}


def _refuse_drastic_actions_of_parallel_steps(
    cluster: LocalCluster, steps: list[dict[str, Any]]
) -> None:
    """EMR's documented rule for AddJobFlowSteps; a surprise better had here than there."""
    if cluster.step_concurrency_level <= 1:
        return
    for step in steps:
        action = step.get("ActionOnFailure", "TERMINATE_CLUSTER")
        if action != "CONTINUE":
            raise ValidationException(
                f"ActionOnFailure {action} is not valid on a cluster with a StepConcurrencyLevel "
                "greater than 1: use CONTINUE."
            )
