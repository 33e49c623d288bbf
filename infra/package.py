"""What an Airflow elsewhere (such as Amazon MWAA) needs:  python -m infra.package FOLDER

FOLDER/dags/, FOLDER/plugins.zip (our plugins and the rooms of the library that they use) and
FOLDER/requirements.txt.
"""

from __future__ import annotations

import shutil
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from infra.publish import REPOSITORY, SPARK_JOBS, library_files

# What our plugins use of the library: its root and the rooms that need no more than the standard
# library and boto3 (the layers in pyproject.toml hold them to that).
CONTROL = ("config", "objects", "lake", "catalogue", "gates", "planning", "operations")
# Lineage, where it is wanted, needs apache-airflow-providers-openlineage besides.
# Releases are those that the constraints of that Airflow choose: MWAA forces its own. Pages read
# Parquet and make thumbnails.
REQUIREMENTS = "apache-airflow-providers-amazon[aiobotocore]>=9.34.0\npillow\npyarrow\n"


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
    plugins, library = REPOSITORY / "plugins", SPARK_JOBS / "verger"
    rooms = [path for room in CONTROL for path in library_files(library / room)]
    for root, files in (
        (plugins, [path for path in plugins.rglob("*") if _ships(path)]),
        (SPARK_JOBS, [*library.glob("*.py"), *rooms]),
    ):
        for path in sorted(files):
            yield path, path.relative_to(root).as_posix()


def _ships(path: Path) -> bool:
    return path.is_file() and path.suffix != ".pyc"


if __name__ == "__main__":
    package(Path(sys.argv[1]))
