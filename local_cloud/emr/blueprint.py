"""What RunJobFlow asks of a cluster, as far as it matters here; and what EMR would refuse of it."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from moto.emr.exceptions import ValidationException

# https://docs.aws.amazon.com/emr/latest/APIReference/API_AutoTerminationPolicy.html
LONGEST_IDLE = 7 * 24 * 3600
NO_ROOM = (
    "You have requested more vCPU capacity than your current vCPU limit of {quota} allows for the "
    "instance bucket that the specified instance type belongs to."
)
# Settings that cut Spark to the nodes that were asked for: this machine is no such node.
OF_THE_NODES = (
    "spark.executor.instances",
    "spark.executor.cores",
    "spark.executor.memory",
    "spark.driver.memory",
    "spark.default.parallelism",
    "spark.dynamicAllocation.",
    "spark.yarn.",
    "spark.master",
)

# Instance types by name, as ListSupportedInstanceTypes describes them.
Types = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Blueprint:
    """A cluster as it was asked for.

    idle_timeout  seconds, or None
    environment   what drivers are started with (spark-env, export)
    settings      of Spark (spark-defaults) that mean something on this machine
    unfitting     why YARN would refuse the executors that the settings ask for, or None
    actions       bootstrap actions: the script's address, then its arguments
    vcpus         of all nodes
    """

    idle_timeout: int | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    unfitting: str | None = None
    actions: Sequence[Sequence[str]] = ()
    vcpus: int = 0

    @classmethod
    def read(cls, request: Mapping[str, Any], types: Types) -> Blueprint:
        """From RunJobFlow's body."""
        configurations = request.get("Configurations", ())
        groups = request.get("Instances", {}).get("InstanceGroups", ())
        defaults = _properties(configurations, "spark-defaults")
        scripts = [of["ScriptBootstrapAction"] for of in request.get("BootstrapActions", ())]
        return cls(
            idle_timeout=request.get("AutoTerminationPolicy", {}).get("IdleTimeout"),
            environment=_exported(configurations),
            settings=meaningful(defaults),
            unfitting=_unfitting(defaults, groups, types),
            actions=[[script["Path"], *script.get("Args", ())] for script in scripts],
            vcpus=sum(
                types.get(of["InstanceType"], {}).get("VCPU", 0) * of["InstanceCount"]
                for of in groups
            ),
        )


def meaningful(defaults: Mapping[str, str]) -> dict[str, str]:
    """Those of Spark's settings that mean something on this machine."""
    return {name: of for name, of in defaults.items() if not name.startswith(OF_THE_NODES)}


def refuse(
    request: Mapping[str, Any], releases: Container[str], types: Container[str], least_idle: int
) -> None:
    """Raise ValidationException, in EMR's words, for a request that EMR would not take."""
    release = request.get("ReleaseLabel")
    if release is not None and release not in releases:
        raise ValidationException(
            f"The supplied release label is invalid: {release}. (in this region)"
        )
    idle = request.get("AutoTerminationPolicy", {}).get("IdleTimeout")
    if idle is not None and not least_idle <= idle <= LONGEST_IDLE:
        raise ValidationException(
            f"AutoTerminationPolicy.IdleTimeout must be {least_idle} to {LONGEST_IDLE} seconds."
        )
    for group in request.get("Instances", {}).get("InstanceGroups", ()):
        if release is not None and group["InstanceType"] not in types:
            raise ValidationException(f"Instance type '{group['InstanceType']}' is not supported.")


def _properties(configurations: Sequence[Mapping[str, Any]], name: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for of in configurations:
        if of["Classification"] == name:
            found |= of.get("Properties", {})
    return found


def _exported(configurations: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for of in configurations:
        if of["Classification"] == "spark-env":
            found |= _properties(of.get("Configurations", ()), "export")
    return found


def _unfitting(
    defaults: Mapping[str, str], groups: Sequence[Mapping[str, Any]], types: Types
) -> str | None:
    """What spark-submit says on YARN (Client.verifyClusterResources)."""
    asked = [defaults.get(f"spark.executor.{name}") for name in ("memory", "memoryOverhead")]
    workers = [of for of in groups if of["InstanceRole"] != "MASTER"]
    if None in asked or not workers:
        return None
    heap, overhead = (_mebibytes(str(of)) for of in asked)
    most = max(_yarn(of, types) for of in workers)
    if heap + overhead <= most:
        return None
    return (
        f"Required executor memory ({heap} MB), offHeap memory (0) MB, overhead ({overhead} MB), "
        f"and PySpark memory (0 MB) is above the max threshold ({most} MB) of this cluster! Please "
        "check the values of 'yarn.scheduler.maximum-allocation-mb' and/or "
        "'yarn.nodemanager.resource.memory-mb'."
    )


def _yarn(group: Mapping[str, Any], types: Types) -> int:
    """MiB for containers on a node: as was said, but no more than there is; EMR's default is three
    quarters of a small machine, and all but 8 GiB of a large one.
    """
    memory = int(types[group["InstanceType"]]["MemoryGB"] * 1024)
    said = _properties(group.get("Configurations", ()), "yarn-site")
    default = memory - min(memory // 4, 8 * 1024)
    return min(memory, int(said.get("yarn.nodemanager.resource.memory-mb", default)))


def _mebibytes(text: str) -> int:
    number, unit = text[:-1], text[-1:].lower()
    return int(number) * {"m": 1, "g": 1024}[unit] if unit in "mg" else int(text)
