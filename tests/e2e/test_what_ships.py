"""What ships, run where nothing else of ours is, under the names that the stack's outputs give.

In an Airflow elsewhere the packaged DAG runs on the local cloud, on both backends: on a node that
the published bootstrap action has installed, and as jobs in the published environment.
"""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass, fields
from pathlib import Path

import pytest
from moto import mock_aws

from infra.environment import SITE_PACKAGES
from infra.package import package
from infra.publish import uv
from local_cloud.airflow import Airflow
from local_cloud.private import make_private
from local_cloud.process import free_port
from local_cloud.stack import Stack
from tests.e2e.conftest import REPOSITORY
from tests.faults.products import differences, products
from tests.photographs import orchard
from tests.unit.infra.conftest import created
from verger.contract import STAGES, Release
from verger_runs.backends import CLUSTER, SERVERLESS
from verger_runs.deployment import Deployment

LABELS = {"Apple": 3, "Açaí": 2}
# The newest that Amazon MWAA has, on Python 3.12, which is taken where it is found.
MWAA = {"apache-airflow": "3.3.1", "apache-airflow-providers-amazon": "9.34.0"}
CONF = {"prefix": "spring", "k": 8, "pca_k": 2}


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


@dataclass(frozen=True)
class Cloud:
    """The local cloud, and what the stack's outputs name there."""

    outputs: dict[str, str]
    stack: Stack

    def bucket(self, name):
        """The folder of a bucket of the stack's."""
        return self.stack.objects / self.outputs[f"verger{name}"].removeprefix("s3://")

    def variables(self):
        """Airflow's variables, set from the outputs."""
        outputs = {
            field.name: f"verger{field.name.replace('_', '')}" for field in fields(Deployment)
        }
        return {
            f"AIRFLOW_VAR_VERGER_{name.upper()}": self.outputs[output]
            for name, output in outputs.items()
            if output in self.outputs
        }


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    """The local cloud with what was published there: code, wheels and the archive of packages."""
    with mock_aws():
        outputs = created()
    folder = tmp_path_factory.mktemp("cloud")
    application = outputs["vergerapplication"]
    made = Cloud(outputs, Stack(folder / "objects", folder / "stack", application=application))
    for bucket in ("landing", "lake", "code", "logs"):
        make_private(made.bucket(bucket))
    orchard(made.bucket("landing") / "spring", LABELS)
    with made.stack.running():
        command = ["make", "--silent", "publish", f"CODE={outputs['vergercode']}"]
        environment = {**os.environ, **made.stack.environment()}
        said(command, cwd=REPOSITORY, env=environment)
        yield made
    shutil.rmtree(folder)  # the packages are there three times


@pytest.fixture(scope="module")
def run_there(airflow_elsewhere, cloud):
    """Runs the DAG there on a backend; returns what that Airflow says of the run, and of everything
    that was packaged, and the folder of the lake that the run has made.
    """
    folder, python = airflow_elsewhere
    airflow = Airflow(folder / "home", cloud.stack, free_port())
    environment = {
        **os.environ,
        **airflow.environment(),
        **cloud.variables(),
        "AIRFLOW__CORE__DAGS_FOLDER": str(folder / "dist" / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(folder / "plugins"),
    }
    script = Path(__file__).with_name("shipped_airflow.py")
    said([python, "-I", "-m", "airflow", "db", "migrate"], cwd=folder, env=environment)

    def run(backend):
        report, conf = folder / f"{backend}.json", json.dumps({**CONF, "backend": backend})
        said([python, "-I", script, conf, report], cwd=folder, env=environment)
        lake = cloud.bucket("lake").rename(folder / f"lake-of-{backend}")
        make_private(cloud.bucket("lake"))
        return json.loads(report.read_text()), lake

    return run


@pytest.fixture(scope="module")
def of_cluster(run_there):
    """A run whose stages were steps of a cluster."""
    return run_there(CLUSTER)


@pytest.fixture(scope="module")
def of_jobs(run_there):
    """The same whose stages were serverless jobs."""
    return run_there(SERVERLESS)


def said(command, **options):
    """What a command says; it ends well."""
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def report(of_cluster):
    """What that Airflow says of everything that was packaged."""
    return of_cluster[0]


def test_code_packages_and_bootstrap_action_are_published_where_the_stack_says(cloud):
    current = Release.from_json((cloud.bucket("code") / "current.json").read_bytes())
    for name, address in vars(current).items():
        if name != "opencv":
            assert address.startswith(f"{cloud.outputs['vergercode']}/"), name
            assert (cloud.stack.objects / address.removeprefix("s3://")).exists(), name


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


def test_the_page_of_a_run_is_made_from_what_was_packaged_and_for_no_stranger(report):
    assert "Açaí" in report["page"]["html"]
    assert report["page"]["stranger"] == 401


def outcome(report, lake):
    """How the tasks ended, and what the run has found: photographs, labels, words."""
    found = json.loads((lake / "runs" / report["run_id"] / "summary.json").read_text())
    return set(report["tasks"].values()), found["images"], found["labels"], found["k"]


def test_the_packaged_dag_runs_on_a_cluster(of_cluster):
    assert outcome(*of_cluster) == ({"success"}, 5, 2, 8)
    assert of_cluster[0]["vacuum"] == "success"


def test_steps_run_on_the_python_that_the_bootstrap_action_has_installed_and_on_its_code(
    of_cluster, cloud
):
    (cluster,) = cloud.stack.steps.glob("j-*")
    node = cluster / "disk" / "opt" / "verger" / "bin" / "python"
    commands = [path.read_text() for path in cluster.glob("s-*/controller")]
    assert len(commands) == len(STAGES)
    for command in commands:
        assert f"--conf spark.pyspark.driver.python={node}" in command
        assert f"--conf spark.pyspark.python={node}" in command
        assert "--py-files" not in command


def test_the_packaged_dag_runs_as_serverless_jobs(of_jobs):
    assert outcome(*of_jobs) == ({"success"}, 5, 2, 8)


def test_jobs_run_on_the_packages_of_the_archive(of_jobs, cloud):
    jobs = [*(cloud.stack.steps / cloud.outputs["vergerapplication"]).glob("*/environment")]
    assert len(jobs) == len(STAGES)
    for job in jobs:
        # The archive has nothing compiled: who imports from it leaves it there.
        assert list((job / SITE_PACKAGES / "cv2").rglob("*.pyc"))


def test_both_backends_make_the_same_rows_and_the_same_files(of_cluster, of_jobs):
    one, two = (products(lake, report["run_id"]) for report, lake in (of_cluster, of_jobs))
    # A model's card, which is in its bundle, names the run.
    assert differences(one, two) == ["bundle"]
    assert one["model"] == two["model"]
