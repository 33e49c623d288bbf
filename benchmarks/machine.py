"""Facts about the machine that a number is worth nothing without."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import psutil

PACKAGES = (
    "dask-ml",
    "faiss-cpu",
    "numba",
    "numpy",
    "opencv-python-headless",
    "pyarrow",
    "pyspark",
    "scikit-learn",
)


def facts(packages: Sequence[str] = PACKAGES) -> dict[str, str | int | dict[str, str]]:
    """Processor, cores, memory, system and the releases of what is compared."""
    return {
        "processor": _cpuinfo("model name") or platform.processor(),
        "avx512_vpopcntdq": "yes" if "avx512_vpopcntdq" in _cpuinfo("flags").split() else "no",
        "cores": psutil.cpu_count() or 1,
        "memory_gigabytes": round(psutil.virtual_memory().total / 2**30),
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in packages},
    }


def _cpuinfo(name: str) -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "")
