"""How Spark is cut to a cluster's machines: executors, their cores and memory, the driver's heap.

A cluster lives for one run, so everything is taken at once: dynamic allocation would begin with a
few executors and let go of idle ones. Executors are alike, so the smaller of two kinds of worker
decides; what a container asks for, heap and overhead, is never more than YARN has on a node.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from verger_runs.instances import Instance

# In client mode YARN runs a small application master beside the executors.
_MASTER_MIB = 1024
# OpenCV and numpy work in Python, outside the heap: an executor's Python workers get so much of it.
_OVERHEAD_SHARE = 0.45
_DRIVER_SHARE = 0.375  # of the primary node, which runs EMR's own services and Python beside


@dataclass(frozen=True)
class Executors:
    """``count`` executors of ``cores`` each; ``heap`` and ``overhead`` in MiB."""

    count: int
    cores: int
    heap: int
    overhead: int

    @classmethod
    def on(cls, workers: Sequence[tuple[Instance, int]]) -> Executors:
        """Those that fill so many nodes of each kind."""
        container = min(kind.yarn for kind, _ in workers) - _MASTER_MIB
        cores = min(kind.vcpus for kind, _ in workers)
        overhead = int(container * _OVERHEAD_SHARE)
        return cls(
            count=sum(count * _fitting(kind, cores, container) for kind, count in workers),
            cores=cores,
            heap=container - overhead,
            overhead=overhead,
        )


def spark_sizes(primary: Instance, workers: Sequence[tuple[Instance, int]]) -> Mapping[str, str]:
    """Settings of Spark for a cluster."""
    executors = Executors.on(workers)
    return {
        "spark.dynamicAllocation.enabled": "false",
        "spark.executor.instances": str(executors.count),
        "spark.executor.cores": str(executors.cores),
        "spark.executor.memory": f"{executors.heap}m",
        "spark.executor.memoryOverhead": f"{executors.overhead}m",
        # Tasks are counted by it, before the first executor has come.
        "spark.default.parallelism": str(executors.count * executors.cores),
        "spark.driver.memory": f"{int(primary.memory * _DRIVER_SHARE)}m",
    }


def yarn_sizes(kind: Instance) -> Mapping[str, str]:
    """Settings of YARN on nodes of a kind: said, not left to a release's defaults."""
    return {
        "yarn.nodemanager.resource.memory-mb": str(kind.yarn),
        "yarn.nodemanager.resource.cpu-vcores": str(kind.vcpus),
        "yarn.scheduler.maximum-allocation-mb": str(kind.yarn),
    }


def _fitting(kind: Instance, cores: int, container: int) -> int:
    return min(kind.vcpus // cores, (kind.yarn - _MASTER_MIB) // container)
