"""The same photographs through both backends: steps of a cluster, serverless jobs."""

from pathlib import Path

import pytest

from local_cloud.stack import APPLICATION
from tests.e2e.conftest import on_disk, run, steps_of
from tests.photographs import orchard
from verger.contract import STAGES


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    return orchard(tmp_path_factory.mktemp("small") / "in", {"Apple": 6, "Kiwi": 5, "Açaí": 4})


@pytest.fixture(scope="module")
def ran(images, tmp_path_factory):
    """How the run on each backend ended, and where it kept what stages said."""
    ended = {}
    for backend in ("cluster", "serverless"):
        folder = tmp_path_factory.mktemp(backend)
        place = ("--images", images, "--lake", folder / "lake", "--work", folder / "work")
        ended[backend] = run(*place, "--k", 30, "--pca", 4, "--backend", backend), steps_of(place)
        assert ended[backend][0].status == 0, ended[backend][0].out[-3000:]
    return ended


def test_each_ran_its_stages_where_it_was_told_to(ran):
    of_application = f"{APPLICATION}/*/stdout"
    (_, of_cluster), (_, of_jobs) = ran["cluster"], ran["serverless"]
    assert list(of_cluster.glob(of_application)) == []
    assert len(list(of_cluster.glob("j-*/*/stdout"))) == len(STAGES)
    assert list(of_jobs.glob("j-*")) == []
    assert len(list(of_jobs.glob(of_application))) == len(STAGES)


def test_the_features_are_the_same_bytes(ran):
    one, two = (
        on_disk(ended.summary, ended.summary["features_csv"]).read_bytes()
        for ended, _ in ran.values()
    )
    assert one == two


def test_both_found_the_same_under_the_same_fingerprints(ran):
    cluster, serverless = (ended.summary for ended, _ in ran.values())
    for stage in STAGES:
        one, two = (of["checkpoints"][stage] for of in (cluster, serverless))
        assert [Path(at).parts[-3] for at in one] == [Path(at).parts[-3] for at in two]
    for name in ("images", "descriptors", "k", "pca_k"):
        assert cluster[name] == serverless[name]
