"""What the service's tests share: a model that learnt the drawn sample, and a service of it."""

from __future__ import annotations

import pytest

from sample import draw_sample
from tests.answers import teach
from tests.service import service


@pytest.fixture(scope="session")
def taught(tmp_path_factory):
    """A lake with a model that learnt the drawn sample, and photographs that it has not seen."""
    folder = tmp_path_factory.mktemp("serving")
    sample = draw_sample(folder / "sample", per_label=16)
    teach(folder / "lake", sample / "Training")
    return folder / "lake", sorted((sample / "Test").glob("*/*.jpg"))


@pytest.fixture(scope="session")
def running(taught):
    """A service that is asked by several tests."""
    with service(taught[0]) as started:
        yield started
