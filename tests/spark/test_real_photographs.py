"""Real photographs of 42 fruits: learnt by the pipeline, asked about on the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.places import REAL
from tests.runs import plan, run
from verger.catalogue.labels import parse
from verger.cli.main import main
from verger.config.settings import FRUITS
from verger.lake.store import Lake
from verger.operations.promotion import publish

pytestmark = pytest.mark.skipif(
    not (REAL / "Training").is_dir(), reason=f"there are no real photographs at {REAL}"
)
# Every film is thinned, or the test would take minutes.
LEARNT_OF, ASKED_OF = 12, 25


@pytest.fixture(scope="module")
def answers(spark, tmp_path_factory):
    """What a published model says of photographs of Test: their labels, and the answers."""
    folder = tmp_path_factory.mktemp("real")
    images, lake = folder / "in", folder / "lake"
    for path in thinned(REAL / "Training", LEARNT_OF):
        (images / "Training" / path.parent.name).mkdir(parents=True, exist_ok=True)
        shutil.copy(path, images / "Training" / path.parent.name)
    plan(images, lake, FRUITS.sized(k=200, pca_k=8))
    run(lake, spark)
    assert publish(Lake.at(str(lake)), "r")
    asked = thinned(REAL / "Test", ASKED_OF)
    with pytest.MonkeyPatch.context() as patch:
        lines: list[str] = []
        patch.setattr("builtins.print", lambda line, **_: lines.append(line))
        assert main(["identify", "--lake", str(lake), "--json", *map(str, asked)]) == 0
    return [path.parent.name for path in asked], [json.loads(line) for line in lines]


def thinned(folder: Path, step: int) -> list[Path]:
    """Every so manieth photograph of each label."""
    return [
        path for label in sorted(folder.iterdir()) for path in sorted(label.glob("*.jpg"))[::step]
    ]


def test_it_is_right_about_nearly_all_of_them(answers):
    labels, told = answers
    assert len(set(labels)) == 42
    right = [one["results"][0]["label"] == label for label, one in zip(labels, told, strict=True)]
    assert sum(right) / len(right) > 0.95


def test_it_explains_what_it_is_right_about(answers):
    for label, one in zip(*answers, strict=True):
        why = one["explanation"]
        if one["results"][0]["label"] != label:
            continue
        assert why["answer"] == label != why["against"]
        assert max(of["weight"] for of in why["blocks"]) > 0
        assert any(of["block"] == "orb" and of["boxes"] for of in why["words"])
        assert one["similar_images"][0]["similarity"] > 0.5


def test_most_of_the_photographs_that_it_shows_are_of_that_fruit(answers):
    alike = [
        of["label"] == label
        for label, one in zip(*answers, strict=True)
        for of in one["similar_images"]
    ]
    assert sum(alike) / len(alike) > 0.8


def test_it_tells_the_names_of_what_it_knows(answers):
    named = [(label, one) for label, one in zip(*answers, strict=True) if one["status"] == "ok"]
    assert named
    for label, one in named:
        assert set(one["names"]) == {"scientific", "english", "french"}
        if one["results"][0]["label"] == label and parse(label).species == "Apple":
            assert one["names"]["french"] == "pomme"
            assert one["facts"]["energy"]["source"] == "USDA FoodData Central"
