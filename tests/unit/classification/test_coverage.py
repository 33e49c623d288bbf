"""Which photographs a team lacks, told from what it has and how well that does."""

import numpy as np
import pytest

from verger.catalogue.labels import Name
from verger.classification.coverage import FEW_PHOTOGRAPHS, Answered, colour_name, cover

MANY = FEW_PHOTOGRAPHS


def taken(label: str, count: int = MANY, wrong: int = 0, unseen: str | None = None, films: int = 2):
    """So many photographs of a label in so many films, the first of them answered wrongly."""
    return [
        Answered(label, f"{'r' * (i % films)}_{i}_100.jpg", "Plum" if i < wrong else label, unseen)
        for i in range(count)
    ]


def apples(*colours: str) -> tuple[list[Answered], dict[str, Name], dict[str, str]]:
    labels = [f"Apple {i} {colour}" for i, colour in enumerate(colours)]
    names = {label: Name("Apple", label) for label in labels}
    answers = [one for label in labels for one in taken(label, unseen="Apple")]
    return answers, names, dict(zip(labels, colours, strict=True))


def test_the_worst_label_comes_first_with_its_shares():
    worse, better = cover([*taken("Kaki"), *taken("Lemon", wrong=10)], {}, {})
    assert (worse.label, worse.right) == ("Lemon", 1 - 10 / MANY)
    assert (better.label, better.right, better.right_unseen) == ("Kaki", 1.0, None)


def test_a_species_that_is_lost_without_a_variety_is_told_by_it():
    lost = taken("Cherry Rainier", unseen="Tomato") + taken("Cherry Sour", unseen="Cherry")
    shares = {of.label: of.right_unseen for of in cover(lost, {}, {})}
    assert shares == {"Cherry Rainier": 0.0, "Cherry Sour": 1.0}


def test_few_photographs_one_film_and_few_varieties_are_what_to_bring():
    (one,) = cover(taken("Quince", count=5, films=1), {}, {})
    kinds = [of.split(":")[0] for of in one.missing]
    assert kinds == ["photographs", "views", "varieties of Quince"]


def test_the_only_variety_of_its_colour_wants_another_like_it():
    answers, names, colours = apples("red", "red", "red", "yellow")
    missing = {of.colour: of.missing for of in cover(answers, names, colours)}
    assert missing["yellow"] == ("another yellow variety of Apple",)
    assert missing["red"] == ()


@pytest.mark.parametrize(
    ("lab", "name"),
    [
        ((50, 140, 130), "dark"),
        ((210, 129, 130), "white"),
        ((120, 129, 130), "gray"),
        ((110, 180, 165), "red"),
        ((170, 150, 190), "orange"),
        ((220, 125, 200), "yellow"),
        ((150, 95, 170), "green"),
        ((110, 160, 100), "violet"),
    ],
)
def test_colours_have_the_names_that_people_give_them(lab, name):
    assert colour_name(np.array(lab, float)) == name
