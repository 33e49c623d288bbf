"""The types of machine that clusters are made of: cores, memory, and what YARN gives of it.

Sizes are those of AWS's tables (https://aws.amazon.com/ec2/instance-types/). The share of YARN is
what EMR itself gives it on these classes of memory: three quarters, from 32 GiB on all but 8 GiB
(https://docs.aws.amazon.com/emr/latest/ReleaseGuide/emr-hadoop-task-config.html). Processors are
x86-64, as the nodes' packages are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

# GiB for each vCPU, in families whose sizes grow evenly.
_GIB_PER_VCPU = {
    **dict.fromkeys(("c6i", "c7i", "c6a", "c7a"), 2),
    **dict.fromkeys(("m5", "m6i", "m7i", "m6a", "m7a"), 4),
    **dict.fromkeys(("r5", "r6i", "r7i", "r6a", "r7a"), 8),
}
_VCPUS = {"xlarge": 4, "2xlarge": 8, "4xlarge": 16, "8xlarge": 32}
_KEPT_FROM_YARN = 8 * 1024


class UnknownInstanceError(ValueError):
    """A type that is not in the table; the message says which are."""


@dataclass(frozen=True)
class Instance:
    """One type: its vCPUs, its memory in MiB."""

    name: str
    vcpus: int
    memory: int

    @property
    def yarn(self) -> int:
        """MiB that YARN hands out on such a node."""
        return self.memory - min(self.memory // 4, _KEPT_FROM_YARN)


def instance(name: str) -> Instance:
    """A type by its name, such as m7i.2xlarge. Raises UnknownInstanceError."""
    family, _, size = name.partition(".")
    if family not in _GIB_PER_VCPU or size not in _VCPUS:
        raise UnknownInstanceError(
            f"instance type {name} is not known here: use one of the families "
            f"{_listed(_GIB_PER_VCPU)} in one of the sizes {_listed(_VCPUS)}"
        )
    vcpus = _VCPUS[size]
    return Instance(name, vcpus, vcpus * _GIB_PER_VCPU[family] * 1024)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
