"""A classifier that is worse than the one in use does not take its place."""

from __future__ import annotations

from verger.gates.classifier import Judged, worse

LEVELS = ("species", "label")


def judged(*rights):
    return Judged(LEVELS, {f"{i:016x}": right for i, right in enumerate(rights)})


def test_one_that_is_right_as_often_passes():
    assert worse(judged("11", "10", "11"), judged("10", "11", "11"), margin=0.0) == []


def test_one_that_is_worse_at_any_level_is_told_why():
    candidate, current = judged("11", *["10"] * 9), judged(*["11"] * 9, "10")
    assert worse(candidate, current, margin=0.1) == [
        "label: right about 1 of 10 photographs, the one in use about 9"
    ]


def test_photographs_that_change_sides_by_chance_keep_no_model_from_its_place():
    candidate = judged(*["11"] * 24, *["00"] * 96)
    current = judged(*["00"] * 24, *["11"] * 33, *["00"] * 63)
    assert worse(candidate, current, margin=0.01) == []


def test_a_loss_within_the_margin_passes():
    candidate, current = judged("11", "10", "10", "10"), judged("11", "11", "10", "10")
    assert worse(candidate, current, margin=0.25) == []


def test_photographs_that_only_one_was_asked_about_do_not_count():
    candidate, current = judged("11", "11"), judged("11", "11", "11", "11")
    assert worse(candidate, current, margin=0.0) == []
    assert worse(Judged(LEVELS, {}), current, margin=0.0) == []
