"""Spark's `spark-defaults.conf`: one door for writing it, because secrets may be in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from local_cloud.private import write_private

FILE = "spark-defaults.conf"


def write_spark_defaults(folder: Path, settings: Mapping[str, str]) -> Path:
    """Write the settings into a folder for SPARK_CONF_DIR; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    text = "".join(f"{name} {value}\n" for name, value in settings.items())
    write_private(folder / FILE, text)
    return folder
