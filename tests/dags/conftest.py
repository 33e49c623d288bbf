"""Airflow for tests of DAG files: a home of its own, set before Airflow is first imported."""

from __future__ import annotations

import os
import tempfile

import pytest

from tests.places import REPOSITORY

os.environ.update(
    {
        "AIRFLOW_HOME": tempfile.mkdtemp(prefix="verger-dags-"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(REPOSITORY / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "True",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "ada:admin,vera:viewer",
    }
)


@pytest.fixture(scope="session")
def bag():
    """All DAGs of the project, as Airflow loads them."""
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(str(REPOSITORY / "dags"))
