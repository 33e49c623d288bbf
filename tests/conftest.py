"""What tests of several rooms share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.emr_endpoint import EmrServer, emr_server

# A busy machine is no mistake: no example fails for having taken its time.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What may run side by side (`-n 2 --dist loadgroup`): files, and those with Spark as one.

    A file's tests share fixtures that take seconds, Spark's tests one session. Tests on a whole
    stack take minutes, on a busy machine many; they end by what they see, long before an hour.
    """
    with_spark = {item.path for item in items if "spark" in getattr(item, "fixturenames", ())}
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            group = "spark" if item.path in with_spark else str(item.path)
            item.add_marker(pytest.mark.xdist_group(group))
        if item.path.parent.name in ("e2e", "operations"):
            item.add_marker(pytest.mark.timeout(3600))


@pytest.fixture(scope="session")
def spark() -> Iterator[object]:
    """One local Spark session for all tests that need one."""
    import os

    from local_cloud.java import ensure_java

    os.environ["JAVA_HOME"] = str(ensure_java())
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    os.environ["PYSPARK_SUBMIT_ARGS"] = (
        "--master local[2] --conf spark.ui.enabled=false --driver-memory 2g"
        # Each test runs little code, few times: a second compiler would cost more than it gives.
        " --driver-java-options -XX:TieredStopAtLevel=1 pyspark-shell"
    )
    from verger.spark.session import spark_session

    session = spark_session("tests")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmrServer]:
    """One EMR endpoint, which runs two steps at a time, for all tests that need no other."""
    with emr_server(tmp_path_factory.mktemp("emr"), "--step-concurrency-cap", "2") as running:
        yield running
