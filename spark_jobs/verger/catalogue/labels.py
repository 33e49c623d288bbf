"""What a label says: the species, the variety and the maturity of a fruit.

    Apple Braeburn 1      species Apple, variety Braeburn
    Apple 10              species Apple, variety 10
    Tomato not Ripened    species Tomato, maturity unripe
    Apple worm 1          species Apple, maturity wormy
    Cactus fruit          species Cactus fruit

The rules, in this order:

1. Words are parted by spaces or underscores; capitals make no difference.
2. A number at the end counts fruits of one variety and says nothing.
3. Words of `MATURITIES` after the first word are the maturity.
4. The species is the first word, or the first two where `TWO_WORDS` has them.
5. The other words are the variety. Where there are none and nothing tells the maturity, the number
   of rule 2 names the variety.

A team's own ``labels.csv`` beside its photographs says otherwise where the rules are wrong.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from verger.errors import ObjectGoneError, VergerError
from verger.objects.storage import Storage

LABELS_CSV = "labels.csv"
NO_FRUIT = "No fruit"
COLUMNS = ("label", "species", "variety", "maturity")

# Species whose name has two words, in lower case.
TWO_WORDS = frozenset(
    {
        "bell pepper", "blood orange", "cactus fruit", "custard apple", "dragon fruit",
        "jack fruit", "kiwi fruit", "no fruit", "passion fruit", "prickly pear", "star fruit",
        "sweet potato", "ugli fruit",
    }
)  # fmt: skip

_RIPE = r"(ripe|ripened|ripen|rippen)"
# What words say of the moment, the first that fits; the misspelling is Fruits-360's.
MATURITIES: Mapping[str, re.Pattern[str]] = {
    "unripe": re.compile(rf"\b(not {_RIPE}|unripe|immature)\b"),
    "half ripe": re.compile(rf"\bhalf {_RIPE}\b"),
    "overripe": re.compile(r"\b(over ripe|overripe)\b"),
    "ripe": re.compile(rf"\b{_RIPE}\b"),
    "rotten": re.compile(r"\b(rotten|mouldy|moldy)\b"),
    "wormy": re.compile(r"\b(worm|wormy)\b"),
    "bruised": re.compile(r"\b(hit|bruised)\b"),
}
_NUMBER = re.compile(r"\d+[a-z]?")


@dataclass(frozen=True)
class Name:
    """What a label stands for; variety and maturity are empty where it says nothing of them."""

    species: str
    variety: str = ""
    maturity: str = ""

    @property
    def full_variety(self) -> str:
        """The variety with its species before it: "Apple Golden"; the species where it has none."""
        return f"{self.species} {self.variety}".strip()


Names = Mapping[str, Name]


def parse(label: str) -> Name:
    """The name that a label stands for by the rules above."""
    composed = unicodedata.normalize("NFC", label)
    words = [word for word in re.split(r"[\s_]+", composed) if word] or [composed]
    first, rest = words[0], words[1:]
    number = rest.pop() if rest and _NUMBER.fullmatch(rest[-1].casefold()) else ""
    maturity, rest = _take_maturity(rest)
    species = first
    if rest and f"{first} {rest[0]}".casefold() in TWO_WORDS:
        species = f"{first} {rest.pop(0)}"
    variety = " ".join(_titled(word) for word in rest)
    if not variety and not maturity:
        variety = number
    return Name(_sentence(species), variety, maturity)


def names_of(labels: Sequence[str], overrides: Names) -> dict[str, Name]:
    """The name of every label: the team's own, or what the rules give."""
    return {label: overrides.get(label) or parse(label) for label in labels}


def read_overrides(content: bytes) -> dict[str, Name]:
    """The names in a team's labels.csv, by label.

    Raises VergerError, naming the line, where it is no such table.
    """
    try:
        rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig")), strict=True)
        unknown = set(rows.fieldnames or ()) ^ set(COLUMNS)
        if unknown:
            raise _refused(1, f"its columns must be {','.join(COLUMNS)}")
        names: dict[str, Name] = {}
        for row in rows:
            label, name = _read_row(rows.line_num, row)
            if label in names:
                raise _refused(rows.line_num, f"{label} is there twice")
            names[label] = name
    except UnicodeDecodeError as error:
        raise VergerError(f"{LABELS_CSV} is not UTF-8 text: save it as such") from error
    except csv.Error as error:
        raise _refused(rows.line_num, str(error)) from error
    return names


def team_names(photographs: Storage) -> dict[str, Name]:
    """The names in the labels.csv beside the photographs; none where there is no such file."""
    try:
        return read_overrides(photographs.read(LABELS_CSV))
    except ObjectGoneError:
        return {}


def _read_row(line: int, row: Mapping[str | None, str | None]) -> tuple[str, Name]:
    if None in row or None in row.values():
        raise _refused(line, f"it must have {len(COLUMNS)} values")
    label, species, variety, maturity = (
        unicodedata.normalize("NFC", (row[column] or "").strip()) for column in COLUMNS
    )
    if not label or not species:
        raise _refused(line, "label and species must not be empty")
    return label, Name(species, variety, maturity)


def _refused(line: int, why: str) -> VergerError:
    return VergerError(f"{LABELS_CSV}, line {line}: {why}")


def _take_maturity(words: Sequence[str]) -> tuple[str, list[str]]:
    """The maturity that the words tell, and the words without it."""
    text = " ".join(words)
    for maturity, pattern in MATURITIES.items():
        if found := pattern.search(text.casefold()):
            return maturity, (text[: found.start()] + text[found.end() :]).split()
    return "", list(words)


def _titled(word: str) -> str:
    return word[:1].upper() + word[1:]


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:].lower()
