"""How Spark starts its Python workers on a machine of ours."""

from __future__ import annotations

from pathlib import Path

_DAEMON = Path(__file__).parent / "daemon" / "installed_pyspark.py"


def quick_workers() -> dict[str, str]:
    """Spark's settings for workers that need not compile pyspark first."""
    return {
        "spark.python.daemon.module": _DAEMON.stem,
        "spark.executorEnv.PYTHONPATH": str(_DAEMON.parent),
    }
