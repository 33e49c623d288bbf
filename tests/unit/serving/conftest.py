"""What the service's tests share: a model that learnt the drawn sample, and a service of it."""

from __future__ import annotations

import pytest

from sample import draw_sample
from tests.answers import teach
from tests.service import service
from verger.catalogue.labels import parse

SEASON = "from August on"  # the team's own word about the first species


@pytest.fixture(scope="session")
def taught(tmp_path_factory):
    """A lake with a model that learnt the drawn sample, and photographs that it has not seen."""
    folder = tmp_path_factory.mktemp("serving")
    sample = draw_sample(folder / "sample", per_label=16)
    photographs = sorted((sample / "Test").glob("*/*.jpg"))
    species = parse(photographs[0].parent.name).species
    (sample / "Training" / "facts.csv").write_text(f"species,season\n{species},{SEASON}\n")
    teach(folder / "lake", sample / "Training")
    return folder / "lake", photographs


@pytest.fixture(scope="session")
def running(taught):
    """A service that is asked by several tests."""
    with service(taught[0]) as started:
        yield started
