"""What an Airflow elsewhere (such as Amazon MWAA) needs:  python -m infra.package FOLDER

FOLDER/dags/, FOLDER/plugins.zip (our plugins and the modules they share with the Spark jobs)
and FOLDER/requirements.txt.
"""

from __future__ import annotations

import shutil
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from infra.publish import REPOSITORY, SPARK_JOBS

# What our plugins import of the library: it needs nothing beyond the standard library and boto3.
SHARED = (
    "__init__",
    "catalogue",
    "checkpoint",
    "contract",
    "errors",
    "health",
    "identity",
    "model",
    "plan",
    "planning",
    "publishing",
    "ranges",
    "recipe",
    "records",
    "s3",
    "settings",
    "storage",
    "summary",
    "vacuum",
)
REQUIREMENTS = "apache-airflow-providers-amazon[aiobotocore]==9.39.0\n"


def package(folder: Path) -> None:
    """Write the three into a folder, replacing what an earlier call left there."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(
        REPOSITORY / "dags",
        folder / "dags",
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    with zipfile.ZipFile(folder / "plugins.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path, name in _plugin_files():
            archive.write(path, name)
    (folder / "requirements.txt").write_text(REQUIREMENTS)


def _plugin_files() -> Iterator[tuple[Path, str]]:
    plugins = REPOSITORY / "plugins"
    for path in sorted(plugins.rglob("*.py")):
        yield path, path.relative_to(plugins).as_posix()
    for prices in plugins.rglob("*.json"):
        yield prices, prices.relative_to(plugins).as_posix()
    for module in SHARED:
        name = f"verger/{module}.py"
        yield SPARK_JOBS / name, name


if __name__ == "__main__":
    package(Path(sys.argv[1]))
