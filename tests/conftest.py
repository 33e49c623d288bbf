"""What tests of several rooms share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from hypothesis import settings

from local_cloud.java import ensure_java
from tests.emr_endpoint import EmrServer, emr_server
from verger.objects import s3

# A busy machine is no mistake: no example fails for having taken its time.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


def pytest_configure() -> None:
    """Whatever a test starts runs on the Java that `make setup` has found or installed."""
    os.environ["JAVA_HOME"] = str(ensure_java())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests on a whole stack take minutes, on a busy machine many; they end by what they see, long
    before an hour.
    """
    for item in items:
        if item.path.parent.name in ("e2e", "operations"):
            item.add_marker(pytest.mark.timeout(3600))


@pytest.fixture(autouse=True)
def no_keys_of_other_tests(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Boto3 and our clients remember the keys that they saw first: no longer than a test lasts."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    made: tuple[Any, ...] = (s3.client, s3.store)  # now: a test may put others in their place
    caches = [function.__wrapped__ for function in made]
    yield
    for cache in caches:
        cache.cache_clear()


@pytest.fixture(scope="session")
def spark() -> Iterator[object]:
    """One local Spark session for all tests of a process that need one."""
    from verger.spark.session import spark_session

    with pytest.MonkeyPatch.context() as at_the_start:
        at_the_start.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        at_the_start.setenv(
            "PYSPARK_SUBMIT_ARGS",
            "--master local[2] --conf spark.ui.enabled=false --driver-memory 2g"
            # Each test runs little code, few times: a second compiler costs more than it gives.
            " --driver-java-options -XX:TieredStopAtLevel=1 pyspark-shell",
        )
        session = spark_session("tests")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmrServer]:
    """One EMR endpoint, two steps at a time, for all tests of a process that need no other."""
    with emr_server(tmp_path_factory.mktemp("emr"), "--step-concurrency-cap", "2") as running:
        yield running
