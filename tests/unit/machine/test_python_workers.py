"""Where Spark's Python workers take pyspark from."""

import importlib.util
import sys
from pathlib import Path

import pyspark
import pytest

from verger.machine.python_workers import quick_workers

LIBRARY = Path(pyspark.__file__).parent / "python" / "lib"


@pytest.fixture
def daemon():
    settings = quick_workers()
    folder, name = settings["spark.executorEnv.PYTHONPATH"], settings["spark.python.daemon.module"]
    spec = importlib.util.spec_from_file_location(name, Path(folder, f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def archives(folder):
    return [str(folder / "pyspark.zip"), str(folder / "py4j-0.10.9.9-src.zip")]


def test_an_installed_pyspark_is_taken_instead_of_its_archives(daemon):
    places = ["/code", *archives(LIBRARY), *sys.path]
    assert daemon.without_archives(places) == ["/code", *sys.path]


def test_the_pyspark_of_another_spark_is_not(daemon, tmp_path):
    places = [*archives(tmp_path / "python" / "lib"), *sys.path]
    assert daemon.without_archives(places) == places


def test_a_python_without_pyspark_takes_the_archives(daemon, tmp_path):
    places = [*archives(LIBRARY), str(tmp_path)]
    assert daemon.without_archives(places) == places
