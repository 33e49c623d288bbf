"""What ships, run where nothing else of ours is: in an Airflow elsewhere, and on a node."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pyspark
import pytest

from infra.package import package
from infra.publish import publish, requirements, uv
from local_cloud.airflow import Airflow
from local_cloud.java import ensure_java
from local_cloud.process import LOOPBACK, free_port
from local_cloud.stack import LANDING, Stack
from tests.e2e.conftest import REPOSITORY
from tests.photographs import orchard

LABELS = {"Apple": 3, "Açaí": 2}
# The newest that Amazon MWAA has, on Python 3.12, which is taken where it is found.
MWAA = {"apache-airflow": "3.3.1", "apache-airflow-providers-amazon": "9.34.0"}
CONF = {"prefix": "spring", "k": 20, "pca_k": 4, "dry_run": True}


def run_uv(*words, **environment):
    """What uv says."""
    command = [uv(), "--quiet", *map(str, words)]
    done = subprocess.run(
        command, cwd=REPOSITORY, env={**os.environ, **environment}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def python_of_mwaa():
    """A Python 3.12 that starts; else the one that runs this."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    for found in (shutil.which("python3.12"), *pyenv.glob("versions/3.12.*/bin/python3.12")):
        if found and not subprocess.run([found, "-V"], capture_output=True).returncode:
            return found
    return sys.executable


def environment_of(folder, *requirements, python=sys.executable):
    """The interpreter of a new environment that holds these requirements and nothing of ours."""
    run_uv("venv", "--python", python, folder)
    run_uv("pip", "install", *requirements, VIRTUAL_ENV=str(folder))
    return folder / "bin" / "python"


@pytest.fixture(scope="module")
def airflow_elsewhere(tmp_path_factory):
    """A folder with what was packaged, as an Airflow elsewhere has it, and that Airflow's Python.

    It has MWAA's releases of Airflow and of Amazon's provider, and what those and our list ask for:
    in the lock file's versions, where other releases of Airflow take them.
    """
    folder = tmp_path_factory.mktemp("elsewhere")
    package(folder / "dist")
    with zipfile.ZipFile(folder / "dist" / "plugins.zip") as plugins:
        plugins.extractall(folder / "plugins")
    locked = folder / "locked.txt"
    exported = run_uv("export", "--locked", "--only-group", "airflow", "--no-hashes")
    ours = [line for line in exported.splitlines(keepends=True) if "apache-airflow" not in line]
    locked.write_text("".join(ours))
    wanted = ["--requirements", folder / "dist" / "requirements.txt", "--constraints", locked]
    pins = [f"{name}=={release}" for name, release in MWAA.items()]
    python = environment_of(folder / "airflow-venv", *pins, *wanted, python=python_of_mwaa())
    return folder, python


@pytest.fixture(scope="module")
def report(airflow_elsewhere):
    """What that Airflow says after it has loaded everything and planned a run."""
    folder, python = airflow_elsewhere
    stack = Stack(folder / "objects", folder / "stack")
    orchard(stack.objects / LANDING / "spring", LABELS)
    airflow = Airflow(folder / "home", stack, free_port())
    with stack.running():
        places = {
            "AIRFLOW__CORE__DAGS_FOLDER": str(folder / "dist" / "dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(folder / "plugins"),
        }
        environment = {**os.environ, **airflow.environment(), **places}
        script = Path(__file__).with_name("shipped_airflow.py")
        for words in (
            ("-I", "-m", "airflow", "db", "migrate"),
            ("-I", script, json.dumps(CONF), folder / "report.json"),
        ):
            done = subprocess.run(
                [python, *map(str, words)],
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
            )
            assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return json.loads((folder / "report.json").read_text())


def test_an_airflow_elsewhere_loads_every_dag_and_page_from_what_was_packaged(report):
    assert report["releases"] == MWAA
    assert report["refused_plugins"] == {}
    assert report["dags"] == sorted(path.stem for path in (REPOSITORY / "dags").glob("*.py"))
    assert "verger_pages" in report["plugins"]


def test_every_module_that_ships_finds_what_it_imports(report):
    assert "verger.catalogue.store" in report["modules"]
    assert "verger_pages.run_page" in report["modules"]
    assert report["outside"] == []


def test_airflow_imports_no_module_of_ours_by_its_bare_name(report):
    assert report["bare_modules"] == []


def test_a_run_is_checked_and_planned_from_what_was_packaged(report):
    tasks = report["tasks"]
    planned = ("check_request", "wait_for_photographs", "plan", "has_work", "watch")
    assert {task: tasks[task] for task in planned} == dict.fromkeys(planned, "success")
    assert tasks["create_cluster"] == "skipped"
    assert report["vacuum"] == "success"


def test_the_page_of_a_run_is_made_from_what_was_packaged_and_for_no_stranger(report):
    assert "Açaí" in report["page"]["html"]
    assert report["page"]["stranger"] == 401


def test_a_node_runs_the_published_code_on_nothing_but_the_packages_that_it_gets(tmp_path):
    (tmp_path / "requirements.txt").write_bytes(requirements())
    hashed = ("--require-hashes", "--requirements", tmp_path / "requirements.txt")
    python = environment_of(tmp_path / "node", *hashed)
    release = publish(str(tmp_path / "code"), wheels=False)
    images, lake = orchard(tmp_path / "in", LABELS), tmp_path / "lake"
    spark = Path(pyspark.__file__).parent
    submit = [
        *(spark / "bin" / "spark-submit", "--master", "local[2]", "--driver-memory", "1g"),
        *("--conf", f"spark.pyspark.python={python}"),
        *("--conf", f"spark.pyspark.driver.python={python}"),
        *("--conf", "spark.ui.enabled=false", "--py-files", release.package, release.script),
    ]
    said = subprocess.run(
        [*map(str, submit), "pipeline", f"--images={images}", f"--lake={lake}", "--k=8", "--pca=2"],
        cwd=tmp_path,
        env={
            "HOME": str(tmp_path),
            "PATH": os.defpath,
            "JAVA_HOME": str(ensure_java()),
            "SPARK_HOME": str(spark),
            "SPARK_LOCAL_IP": LOOPBACK,
        },
        capture_output=True,
        text=True,
    )
    assert said.returncode == 0, said.stdout[-3000:] + said.stderr[-3000:]
    summary = json.loads(said.stdout.strip().splitlines()[-1])
    assert (summary["images"], summary["labels"], summary["k"]) == (5, 2, 8)
