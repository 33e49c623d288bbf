"""A lake kept from November 2026: later releases read it, or say what they make again, and why."""

import shutil
from dataclasses import replace

import pytest

from tests.places import REPOSITORY
from verger.contract import STAGES
from verger.lake.registry import Published
from verger.lake.store import Lake
from verger.objects.addresses import open_storage
from verger.planning.plan import read_plan
from verger.planning.planner import RunRequest, make_plan, to_do
from verger.planning.recipe import Recipe
from verger.planning.upgrades import upgrades
from verger.reading.lake import open_lake

KEPT = REPOSITORY / "tests" / "data" / "lake-2026-11"


@pytest.fixture
def lake(tmp_path):
    """The lake, as a release finds it that comes later."""
    return Lake(open_storage(str(shutil.copytree(KEPT / "lake", tmp_path / "lake"))))


@pytest.fixture
def again(lake):
    """Plans a run on the photographs that the lake was made of, by what installed it then."""
    run_id = Published.read(lake.storage, "fruits").current.run_id
    before = read_plan(lake.storage, run_id)

    def plan():
        images = str(KEPT / "photographs")
        request = RunRequest("again", images, before.preset)
        return make_plan(request, lake, open_storage(images).list(), before.opencv)

    return plan


def remade(monkeypatch, kind):
    """A release that makes histograms in another way."""
    made = getattr(Recipe, kind)
    monkeypatch.setattr(Recipe, kind, lambda *of: replace(made(*of), version=made(*of).version + 1))


def test_what_a_kept_lake_holds_is_found_or_it_is_told_what_is_made_again(lake, again):
    plan = again()
    missing = to_do(plan, lake)
    if not plan.upgrades:
        assert missing == []
    else:
        assert missing


def test_its_model_answers_photographs(lake):
    photograph = next((KEPT / "photographs").rglob("*.jpg"))
    answer = open_lake(lake.storage.root).model.identify(photograph)
    assert answer.results
    assert {of.label for of in answer.results} <= {"Apple", "Kiwi"}


def test_a_stage_of_another_version_is_told_with_what_happens(lake, again, monkeypatch, caplog):
    remade(monkeypatch, "histograms")
    plan = again()
    (upgrade,) = [of for of in plan.upgrades if of.kind == "histograms"]
    assert upgrade.now == upgrade.before + 1
    assert to_do(plan, lake)[0] == "pivot_histograms"
    assert STAGES[0] not in to_do(plan, lake)
    assert "this release makes histograms in another way" in caplog.text
    assert "they and what follows from them are made again, once" in caplog.text


def test_a_lake_without_a_model_has_nothing_to_upgrade(tmp_path, again):
    empty = Lake(open_storage(str(tmp_path / "empty")))
    assert upgrades(again().recipe, empty, "no-such-run") == ()
