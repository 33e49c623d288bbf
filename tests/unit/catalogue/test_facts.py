"""Facts about species: those that come along, and those that a team adds."""

from pathlib import Path

import pytest

from verger.catalogue.facts import FACTS_CSV, OWN, known_facts, read_table, team_facts
from verger.catalogue.labels import parse
from verger.errors import VergerError
from verger.objects.addresses import open_storage

LABELS = (
    "Apple Golden 1", "Apricot", "Avocado", "Banana", "Cactus fruit", "Carambula", "Cherry",
    "Clementine", "Cocos", "Dates", "Granadilla", "Grape Pink", "Grapefruit White", "Guava",
    "Huckleberry", "Kaki", "Kumquats", "Lemon", "Limes", "Litchi", "Mandarine", "Mango", "Maracuja",
    "Nectarine", "Orange", "Papaya", "Peach Flat", "Pear Abate", "Plum", "Pomegranate", "Quince",
    "Raspberry", "Tamarillo", "Tomato 3",
)  # fmt: skip


def test_every_species_of_fruits_360_has_its_three_names():
    known = known_facts({})
    for label in LABELS:
        names = known[parse(label).species].names
        assert set(names) == {"scientific", "english", "french"}, label


def test_every_fact_has_a_source_and_a_licence():
    facts = [fact for of in known_facts({}).values() for fact in of.facts.values()]
    assert len(facts) > 100
    assert all(fact.source and fact.licence for fact in facts)


def test_nutrition_is_a_number_of_a_unit_and_says_of_what():
    for species, of in known_facts({}).items():
        measured = [fact for fact in of.facts.values() if fact.unit]
        assert all(float(fact.value) >= 0 for fact in measured)
        assert not measured or "fdc" in of.facts, species


def test_a_teams_word_stands_above_and_adds_species_and_columns(tmp_path: Path):
    (tmp_path / FACTS_CSV).write_text(
        "species,french,energy,harvest\nApple,pomme de table,,September\nMedlar,nèfle,53,\n"
    )
    known = known_facts(team_facts(open_storage(str(tmp_path))))
    apple, medlar = known["Apple"], known["Medlar"]
    assert apple.names["french"] == "pomme de table"
    assert apple.names["scientific"] == "Malus domestica"
    assert apple.facts["energy"].source == "USDA FoodData Central"
    assert (apple.facts["harvest"].value, apple.facts["harvest"].source) == ("September", OWN)
    assert (medlar.facts["energy"].value, medlar.facts["energy"].unit) == ("53", "kcal per 100 g")


def test_without_a_table_a_team_has_nothing_to_add(tmp_path: Path):
    assert team_facts(open_storage(str(tmp_path))) == {}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"name,french\nApple,pomme\n", "line 1: it must have a column species"),
        (b"species,french\nApple\n", "line 2: it must have as many values"),
        (b"species,french\nApple,pomme\nApple,pomme\n", "line 3: Apple is there twice"),
        (b"species,french\n,pomme\n", "line 2: species must not be empty"),
        ("species\nPêche\n".encode("latin-1"), "not UTF-8"),
    ],
)
def test_a_table_that_is_none_is_refused_by_its_line(content, says):
    with pytest.raises(VergerError, match=says):
        read_table(content)
