"""A run publishes its models once, however often it is told to."""

from dataclasses import replace

import pytest

from tests.plans import planned
from verger.gates.vocabulary import REPORT, Health, LabelHealth
from verger.lake.checkpoint import Lake, Metrics
from verger.lake.registry import Published
from verger.operations.promotion import publish, roll_back

HEALTH = Health(
    *("k-majority", 8, 8, 2400, 50.0, 0, 0, 0, 400),
    costs=((9, 8),),
    labels={"Apple": LabelHealth(40, 0, 2400, 50.0)},
)


@pytest.fixture
def lake(tmp_path):
    return Lake.at(str(tmp_path))


def finished(lake, run_id, collection="c0ffee"):
    """A run that has fitted its models."""
    plan = replace(planned(run_id), collection=collection)
    plan.store(lake.storage)
    words = lake.draft(plan.recipe.fitted_vocabulary)
    words.write_file(REPORT, HEALTH.to_json())
    words.commit(Metrics({"k": 8}))
    lake.draft(plan.recipe.fitted_pca).commit(Metrics({"pca_k": 4}))
    for segment in plan.segments:
        labels = {"Apple": {"descriptors": 10, "distance": 500}}
        lake.draft(plan.recipe.histograms(segment.id)).commit(Metrics({}, labels))


def in_use(lake):
    return Published.read(lake.storage, "fruits").current


def test_what_was_published_by_a_try_that_died_is_published_by_the_next(lake):
    finished(lake, "r")
    died_after_its_write = publish(lake, "r")
    assert publish(lake, "r") == died_after_its_write == in_use(lake)
    assert len(Published.read(lake.storage, "fruits").moves) == 1


def test_models_that_another_run_has_published_are_not_published_again(lake):
    for run_id in ("one", "other"):
        finished(lake, run_id)
    assert publish(lake, "one")
    assert publish(lake, "other") is None
    assert in_use(lake).run_id == "one"


def test_after_a_rollback_a_person_may_publish_the_same_run_again(lake):
    for run_id, collection in (("old", "a"), ("new", "b")):
        finished(lake, run_id, collection)
        publish(lake, run_id)
    assert roll_back(lake, "fruits", "", by="back").run_id == "old"
    assert publish(lake, "new").run_id == "new"
    assert in_use(lake).run_id == "new"
