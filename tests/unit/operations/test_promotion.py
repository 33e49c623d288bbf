"""A run publishes its models once, however often it is told to."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest

from tests.plans import planned, published_model
from verger.errors import VergerError
from verger.gates.classifier import JUDGED, Judged
from verger.gates.vocabulary import REPORT, Health, LabelHealth
from verger.lake.bundle import (
    CARD_TEXT,
    CLASSIFIER_FILE,
    GALLERY_FILE,
    METRICS_FILE,
    WORDS_FILE,
    load,
)
from verger.lake.draft import Metrics
from verger.lake.registry import Published
from verger.lake.store import Lake
from verger.operations import promotion
from verger.operations.promotion import publish, roll_back

HEALTH = Health(
    *("k-majority", 8, 8, 2400, 50.0, 0, 0, 0, 400),
    costs=((9, 8),),
    labels={"Apple": LabelHealth(40, 0, 2400, 50.0)},
)


@pytest.fixture
def lake(tmp_path):
    return Lake.at(str(tmp_path))


def finished(lake, run_id, collection="c0ffee", right=10):
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
    trained(lake, plan, right)


def trained(lake, plan, right):
    """A classifier that was right about so many of ten photographs."""
    level = {
        "photographs": 10,
        "right": right,
        "accuracy": right / 10,
        "mean_recall": right / 10,
        "standard_error": 0.0,
        "calibration_error": 0.0,
    }
    metrics = {
        **dict.fromkeys(("species", "variety", "label"), level),
        "photographs": 10,
        "labels": 1,
        "test_split": True,
        "maturity": None,
        "unseen_varieties": {"photographs": 0, "labels": 0, "accuracy": 0, "standard_error": 0},
    }
    rights = {f"{i:016x}": "111" if i < right else "000" for i in range(10)}
    draft = lake.draft(plan.recipe.classifier)
    draft.write_file(METRICS_FILE, json.dumps(metrics).encode())
    draft.write_file(JUDGED, Judged(("species", "variety", "label"), rights).to_json())
    for name in (CLASSIFIER_FILE, WORDS_FILE, GALLERY_FILE):
        draft.write_file(name, name.encode())
    draft.commit(Metrics({}))


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


def test_a_run_published_after_the_clock_was_set_back_can_be_rolled_back(lake, monkeypatch):
    finished(lake, "old", "a")
    old = publish(lake, "old")
    finished(lake, "new", "b")
    clock = SimpleNamespace(now=lambda zone: datetime.now(zone) - timedelta(hours=1))
    monkeypatch.setattr(promotion, "datetime", clock)
    assert publish(lake, "new").run_id == "new"
    assert roll_back(lake, "fruits", "", by="back") == old


def test_a_worse_classifier_is_not_published_and_its_record_says_why(lake):
    finished(lake, "good", "a", right=9)
    finished(lake, "bad", "b", right=2)
    publish(lake, "good")
    with pytest.raises(VergerError, match="label: right about 2 of 10 photographs"):
        publish(lake, "bad")
    assert in_use(lake).run_id == "good"
    decision = json.loads(lake.storage.read("runs/bad/publication.json"))
    assert (decision["published"], "the one in use about 9" in decision["why"]) == (False, True)


def test_a_better_classifier_is_published_with_all_that_answers_photographs(lake):
    finished(lake, "good", "a", right=7)
    finished(lake, "better", "b", right=9)
    publish(lake, "good")
    model = publish(lake, "better")
    files = load(lake.storage, model)
    assert files[CLASSIFIER_FILE] == CLASSIFIER_FILE.encode()
    assert "9 of 10" in files[CARD_TEXT].decode()
    assert model.accuracy == {"species": 0.9, "variety": 0.9, "label": 0.9}


def test_a_model_of_before_there_were_classifiers_gives_way(lake):
    old = replace(published_model(), id="old")
    Published.change(lake.storage, "fruits", lambda before: before.promoted(old, by="r0"))
    finished(lake, "r", right=1)
    assert publish(lake, "r").run_id == "r"
