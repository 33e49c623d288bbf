"""What labels say, by the rules and by the team's own table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verger.catalogue.labels import MATURITIES, NO_FRUIT, Name, names_of, parse, read_overrides
from verger.errors import VergerError


@pytest.mark.parametrize(
    ("label", "species", "variety", "maturity"),
    [
        ("Apple Braeburn 1", "Apple", "Braeburn", ""),
        ("Apple 10", "Apple", "10", ""),
        ("Apple worm 1", "Apple", "", "wormy"),
        ("Apple hit 1", "Apple", "", "bruised"),
        ("Tomato not Ripened", "Tomato", "", "unripe"),
        ("Tomato Cherry Red 1", "Tomato", "Cherry Red", ""),
        ("Avocado ripe", "Avocado", "", "ripe"),
        ("Avocado", "Avocado", "", ""),
        ("Banana Red", "Banana", "Red", ""),
        ("Banana Lady Finger", "Banana", "Lady Finger", ""),
        ("Cherry Wax Red 2", "Cherry", "Wax Red", ""),
        ("Cherry Rainier 1", "Cherry", "Rainier", ""),
        ("Grape White 2", "Grape", "White", ""),
        ("Cactus fruit", "Cactus fruit", "", ""),
        ("Cactus Fruit Green 1", "Cactus fruit", "Green", ""),
        ("Blackberrie half rippen 1", "Blackberrie", "", "half ripe"),
        ("Pear Williams not ripe 3", "Pear", "Williams", "unripe"),
        ("banana_green_overripe_2", "Banana", "Green", "overripe"),
        ("Peanut shell 1x", "Peanut", "Shell", ""),
        ("Ripe", "Ripe", "", ""),
        ("42", "42", "", ""),
        ("no fruit", NO_FRUIT, "", ""),
        ("Golden-Delicious", "Golden-delicious", "", ""),
    ],
)
def test_a_label_tells_species_variety_and_maturity(label, species, variety, maturity):
    assert parse(label) == Name(species, variety, maturity)


def test_two_fruits_of_one_variety_are_one_variety():
    assert parse("Apple Golden 1") == parse("Apple Golden 3")


def test_two_numbered_varieties_are_two():
    assert parse("Apple 10") != parse("Apple 11")


WORDS = st.text("abcdefgZÉß", min_size=1, max_size=8)


@given(st.lists(WORDS, min_size=1, max_size=4), st.integers(0, 99))
def test_capitals_spaces_and_underscores_make_no_other_species(words, number):
    plain, shouted = " ".join(words), "_".join(words).upper()
    assert parse(plain).species.casefold() == parse(f"  {shouted} ").species.casefold()
    assert parse(f"{plain} x {number}") == parse(f"{plain} x")


@given(
    WORDS, st.sampled_from(["ripe", "unripe", "overripe", "not ripened", "half rippen", "rotten"])
)
def test_a_word_of_maturity_is_never_a_variety(species, said):
    name = parse(f"{species} {said} 1")
    assert name.variety == ""
    assert name.maturity in MATURITIES


@given(st.text(min_size=1).filter(str.strip))
def test_every_label_has_a_species(label):
    assert parse(label).species


def test_the_teams_table_comes_before_the_rules():
    table = "label,species,variety,maturity\nGolden-Delicious,Apple,Golden Delicious,ripe\n"
    names = names_of(["Golden-Delicious", "Pear Abate"], read_overrides(table.encode()))
    assert names == {
        "Golden-Delicious": Name("Apple", "Golden Delicious", "ripe"),
        "Pear Abate": Name("Pear", "Abate"),
    }


def test_a_table_saved_by_a_spreadsheet_is_read():
    table = "\ufefflabel,species,variety,maturity\r\nKaki,Persimmon,,\r\n"
    assert read_overrides(table.encode()) == {"Kaki": Name("Persimmon")}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"label,species\nKaki,Persimmon\n", "line 1: its columns must be label,species,variety"),
        (b"label,species,variety,maturity\nKaki,,,\n", "line 2: label and species"),
        (b"label,species,variety,maturity\nKaki,Kaki\n", "line 2: it must have 4 values"),
        (b"label,species,variety,maturity\nA,A,,\nA,B,,\n", "line 3: A is there twice"),
        (b"label,species,variety,maturity\n\xff,A,,\n", "is not UTF-8"),
        (b"", "line 1: its columns"),
    ],
)
def test_a_table_that_cannot_be_read_says_where(content, says):
    with pytest.raises(VergerError, match=says):
        read_overrides(content)
