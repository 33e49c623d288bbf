"""What is known of a species: its names, what it feeds, where else it is described.

    facts.csv            a row a species; what could not be traced to its source is left empty
    facts_columns.csv    the unit, source and licence of each of its columns

A team's own ``facts.csv`` beside its photographs has a column `species` and any others: it adds
species and columns, and overrides what is here. All nutrition of a row is of the one raw fruit
that its FDC id names (SR Legacy or Foundation Foods), which may be of one variety (orange: navel;
mango: Tommy Atkins; dates: Medjool). GBIF's key is of the scientific name; Wikidata's item is of
the fruit, not of the plant.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files

from verger.documents import Document
from verger.errors import ObjectGoneError, VergerError
from verger.objects.storage import Storage

FACTS_CSV, COLUMNS_CSV = "facts.csv", "facts_columns.csv"
SPECIES = "species"
NAMES = ("scientific", "english", "french")
OWN = "the team's facts.csv"

# Values by column, by species.
Table = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Fact:
    """One thing that is known; ``unit`` is empty where it has none."""

    value: str
    unit: str = ""
    source: str = ""
    licence: str = ""


@dataclass(frozen=True)
class SpeciesFacts:
    """Names by language ("scientific" is one), and facts by the column that they are from."""

    names: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True)
class Facts(Document):
    """What is known of every species, as it travels with a model."""

    species: Mapping[str, SpeciesFacts] = field(default_factory=dict)


def read_table(content: bytes, name: str = FACTS_CSV) -> dict[str, dict[str, str]]:
    """The values of such a table, those that are not empty.

    Raises VergerError, naming the line, where it is none.
    """
    table: dict[str, dict[str, str]] = {}
    try:
        rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig")), strict=True)
        if SPECIES not in (rows.fieldnames or ()):
            raise VergerError(f"{name}, line 1: it must have a column {SPECIES}")
        for row in rows:
            if None in row or None in row.values():
                raise VergerError(f"{name}, line {rows.line_num}: it must have as many values as "
                                  "there are columns")  # fmt: skip
            values = {column: _clean(value) for column, value in row.items()}
            species = values.pop(SPECIES)
            if not species or species in table:
                why = f"{species} is there twice" if species else "species must not be empty"
                raise VergerError(f"{name}, line {rows.line_num}: {why}")
            table[species] = {column: value for column, value in values.items() if value}
    except UnicodeDecodeError as error:
        raise VergerError(f"{name} is not UTF-8 text: save it as such") from error
    except csv.Error as error:
        raise VergerError(f"{name}, line {rows.line_num}: {error}") from error
    return table


def team_facts(photographs: Storage) -> dict[str, dict[str, str]]:
    """The team's own facts; none where there is no facts.csv beside the photographs."""
    try:
        return read_table(photographs.read(FACTS_CSV))
    except ObjectGoneError:
        return {}


def known_facts(own: Table) -> dict[str, SpeciesFacts]:
    """What is known of each species: the team's own word, else what is here."""
    here = read_table(_packaged(FACTS_CSV))
    about = {
        row["column"]: row for row in csv.DictReader(io.StringIO(_packaged(COLUMNS_CSV).decode()))
    }
    known: dict[str, SpeciesFacts] = {}
    for species in sorted({*here, *own}):
        facts = {
            column: Fact(value, about[column]["unit"], about[column]["source"],
                         about[column]["licence"])
            for column, value in here.get(species, {}).items()
        }  # fmt: skip
        for column, value in own.get(species, {}).items():
            facts[column] = Fact(value, about.get(column, {}).get("unit", ""), OWN)
        names = {column: facts.pop(column).value for column in NAMES if column in facts}
        known[species] = SpeciesFacts(names, facts)
    return known


def _packaged(name: str) -> bytes:
    return files("verger.catalogue").joinpath(name).read_bytes()


def _clean(value: str) -> str:
    return unicodedata.normalize("NFC", value.strip())
