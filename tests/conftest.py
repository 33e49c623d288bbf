"""What tests of several rooms share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session")
def spark() -> Iterator[object]:
    """One local Spark session for all tests that need one."""
    import os

    from local_cloud.java import ensure_java

    os.environ["JAVA_HOME"] = str(ensure_java())
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    os.environ["PYSPARK_SUBMIT_ARGS"] = (
        "--master local[2] --conf spark.ui.enabled=false --driver-memory 2g pyspark-shell"
    )
    from verger.spark.session import spark_session

    session = spark_session("tests")
    yield session
    session.stop()
