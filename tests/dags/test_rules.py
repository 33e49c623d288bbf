"""Rules for every DAG of the project, with what to do where one is broken."""

import os
import subprocess
import sys
import time

import pytest

from tests.places import REPOSITORY

FILES = sorted((REPOSITORY / "dags").glob("*.py"))
HEAVY = ("pyspark", "cv2", "numpy", "pandas", "numba", "moto", "local_cloud")


@pytest.fixture(scope="session", params=[path.stem for path in FILES])
def dag(request, bag):
    assert request.param in bag.dags, f"dags/{request.param}.py must define a DAG of that name"
    return bag.dags[request.param]


def test_every_file_loads(bag):
    assert bag.import_errors == {}


def test_a_dag_says_what_it_is_for(dag):
    assert dag.doc_md.strip().startswith("# "), "give the file a docstring and doc_md=__doc__"
    assert dag.description, "give it a description: the list of DAGs shows it"
    assert "verger" in dag.tags, "tag it verger, so that people find it"


def test_a_dag_has_an_owner_and_retries(dag):
    for task in dag.tasks:
        assert task.owner == "verger", f"{task.task_id}: set the owner in default_args"
        assert task.retries >= 1, f"{task.task_id}: a retry survives what the network does"


def test_a_dag_with_a_cluster_takes_it_down_again(dag):
    for create in (task for task in dag.tasks if "StartCluster" in type(task).__name__):
        assert create.is_setup, f"{create.task_id}: a task that creates a cluster is a setup"
        after = [
            task
            for task in dag.tasks
            if task.is_teardown
            and "EndCluster" in type(task).__name__
            and create.task_id in task.upstream_task_ids
        ]
        assert after, f"{create.task_id}: no teardown ends its cluster"


def test_every_param_of_the_form_explains_itself(dag):
    for name in dag.params:
        param = dag.params.get_param(name)
        assert param.schema.get("title"), f"{name}: give it a title"
        assert param.description, f"{name}: give it a description"


def test_a_list_in_the_form_takes_new_names(dag):
    for name in dag.params:
        schema = dag.params.get_param(name).schema
        if "array" in schema.get("type", ()):
            why = f"{name}: with examples Airflow's form offers these alone"
            assert "examples" not in schema, why


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_knows_no_place(path):
    text = path.read_text()
    for word in ("127.0.0.1", "localhost", "endpoint_url", "s3://", "moto"):
        assert word not in text, f"{word}: leave it to connections, variables and environment"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_loading_a_file_imports_nothing_heavy(path):
    code = (
        "import airflow.sdk, airflow.providers.amazon.aws.operators.emr, sys\n"
        "import airflow.providers.amazon.aws.sensors.s3\n"
        "before = set(sys.modules)\n"
        f"import runpy; runpy.run_path({str(path)!r})\n"
        f"print([m for m in {HEAVY!r} if m in set(sys.modules) - before])"
    )
    said = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY / "plugins")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip().splitlines()[-1] == "[]"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_parses_quickly_once_airflow_is_loaded(path, bag):
    import runpy

    started = time.process_time()
    runpy.run_path(str(path))
    assert time.process_time() - started < 2


@pytest.mark.parametrize("seconds", ["0", "-5"])
def test_files_load_however_short_the_pause_between_looks_is_set(monkeypatch, seconds):
    from airflow.dag_processing.dagbag import DagBag

    monkeypatch.setenv("AIRFLOW__VERGER__POLL_SECONDS", seconds)
    made = DagBag(str(REPOSITORY / "dags"))
    assert made.import_errors == {}
    assert made.dags["fruit_features"].get_task("import_images").poll_seconds == 1
