"""Faults are drawn from one seed and told in one table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from local_cloud import s3
from local_cloud.process import free_port
from tests.faults.commands import SMALL, ended
from tests.faults.products import products
from tests.faults.proxy import FaultProxy
from tests.faults.record import SEED, TABLE, Record
from tests.photographs import orchard

LABELS = {"Apple": 20, "Kiwi": 20, "Açaí": 20}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Waits end by what they see; this is the last resort of draws by the dozen."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(5400))


@pytest.fixture(scope="session")
def record() -> Iterator[Record]:
    """The table, written at the end where `make faults` wants it."""
    kept = Record()
    yield kept
    if TABLE:
        kept.write(Path(TABLE))


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty photographs of three labels."""
    return orchard(tmp_path_factory.mktemp("faults") / "in", LABELS)


@pytest.fixture(scope="session")
def calm_run(images: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """The lake of an undisturbed run over them, and how many lines it told of its work."""
    place = tmp_path_factory.mktemp("calm")
    done = ended(place, *pipeline(images, place / "lake"))
    assert done.process.returncode == 0, done.said[-3000:]
    return place / "lake", len(done.lines())


@pytest.fixture(scope="session")
def calm_lake(calm_run: tuple[Path, int]) -> Path:
    """That lake, which nobody changes."""
    return calm_run[0]


@pytest.fixture(scope="session")
def calm(calm_run: tuple[Path, int]) -> tuple[dict[str, str], int]:
    """What that run has made, and its lines."""
    lake, lines = calm_run
    return products(lake, "r"), lines


@pytest.fixture
def troubled(tmp_path: Path, images: Path) -> Iterator[tuple[FaultProxy, dict[str, str], Path]]:
    """A local S3 with the photographs in s3://fruits, an empty s3://lakes, and a proxy before it;
    the environment of who finds the proxy, and the folder behind the buckets.
    """
    keys, upstream, port = s3.Keys(), free_port(), free_port()
    folder = tmp_path / "s3"
    (folder / "lakes").mkdir(parents=True)
    (folder / "fruits").symlink_to(images)
    server = s3.server(folder, upstream, keys, tmp_path / "log")
    server.command = [*server.command, "--copy-links"]
    server.start()
    try:
        with FaultProxy(port, upstream, SEED).running() as proxy:
            yield proxy, s3.environment(port, keys), folder
    finally:
        server.stop()


def pipeline(images: object, lake: object) -> tuple[object, ...]:
    """The words of a whole small run that is published."""
    return ("pipeline", "--images", images, "--lake", lake, "--run", "r", "--publish", *SMALL)
