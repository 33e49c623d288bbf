"""Who is left out together: whole varieties, and neighbours in a film."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verger.classification.groups import (
    FOLDS,
    NEVER,
    Frame,
    frame_fold,
    frame_of,
    variety_folds,
)
from verger.classification.tree import Tree


def folds(*labels):
    tree = Tree.of(labels, {})
    return dict(zip(tree.labels, variety_folds(tree).tolist(), strict=True))


def test_labels_of_one_variety_are_left_out_together():
    of = folds("Apple Golden 1", "Apple Golden 2", "Apple Red 1", "Apple Braeburn")
    assert of["Apple Golden 1"] == of["Apple Golden 2"]
    assert len(set(of.values())) == 3


def test_fruits_of_a_species_with_one_variety_are_left_out_one_by_one():
    of = folds("Grape White 1", "Grape White 2")
    assert of["Grape White 1"] != of["Grape White 2"]


def test_a_species_is_never_left_out_whole():
    assert folds("Kiwi", "Lemon") == {"Kiwi": NEVER, "Lemon": NEVER}


@pytest.mark.parametrize(
    ("name", "frame"),
    [
        ("Lemon_12_100.jpg", Frame("", 12)),
        ("Lemon_r_12_100.jpg", Frame("r", 12)),
        ("Lemon_r2_7_100.jpg", Frame("r2", 7)),
        ("Lemon_IMG-0042.JPG", Frame("img", 42)),
        ("Lemon_holiday.jpg", None),
        ("Lemon_20260101120000000.jpg", None),
    ],
)
def test_a_name_tells_the_film_and_the_frame(name, frame):
    assert frame_of(name, "Lemon") == frame


@given(st.integers(0, 500), st.integers(1, 400))
def test_neighbours_in_a_film_share_a_fold_or_follow_each_other(first, length):
    numbers = range(first, first + length)
    of = [frame_fold("0" * 32, Frame("", n), first, first + length - 1) for n in numbers]
    assert of == sorted(of)
    assert set(of) <= set(range(FOLDS))


def test_without_a_number_each_photograph_stands_alone():
    photos = [f"{i:08x}{'0' * 24}" for i in range(300)]
    of = [frame_fold(photo, None, 0, 0) for photo in photos]
    assert {of.count(fold) for fold in range(FOLDS)} == {100}
