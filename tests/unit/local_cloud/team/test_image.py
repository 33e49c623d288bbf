"""The image: what its Dockerfile runs finds what it has copied by then."""

import os
import shutil
import subprocess
import sys

from tests.places import REPOSITORY

SETUP = "RUN PYTHONPATH=spark_jobs python -m local_cloud.setup"


def test_java_and_jars_are_installed_with_what_is_copied_before_all_other_code(tmp_path):
    before, found, _ = (REPOSITORY / "Dockerfile").read_text().partition(f"{SETUP}\n")
    assert found
    for line in before.splitlines():
        if line.startswith("COPY "):
            *sources, target = line.split()[1:]
            for source in sources:
                copy(REPOSITORY / source, tmp_path / target, into=target.endswith("/"))
    done = subprocess.run(
        [sys.executable, "-c", "import local_cloud.setup as s, verger; print(s.__file__, verger)"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "spark_jobs")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert f"{REPOSITORY}/" not in done.stdout


def copy(source, target, into):
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        place = target / source.name if into else target
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, place)
