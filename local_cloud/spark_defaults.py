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


def defaults_file(environment: Mapping[str, str]) -> Path | None:
    """The settings in SPARK_CONF_DIR, where that folder holds them alone: spark-submit may then be
    told the file instead. A folder with files on a JVM's class path lets it use no archive of
    classes. None where there is more in it, or nothing.
    """
    folder = Path(environment.get("SPARK_CONF_DIR", ""))
    if "SPARK_CONF_DIR" not in environment or not folder.is_dir():
        return None
    files = [path.name for path in folder.iterdir() if path.is_file()]
    return folder / FILE if files == [FILE] else None
