"""The photographs that a model was judged by, as one table: who they are, what was answered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from verger.catalogue.keys import identity_of
from verger.catalogue.store import CatalogueStore
from verger.objects.storage import StoredObject
from verger_pages.memory import remembered
from verger_pages.shown import LEVELS, NothingToShowError, Shown

if TYPE_CHECKING:
    import pyarrow as pa

A_PAGE = 60  # photographs
# The column of the answer at each level, and that of the truth.
ANSWER = {"species": "species", "variety": "variety", "label": "answer"}
TRUTH = {"species": "true_species", "variety": "true_variety", "label": "label"}
PHOTO = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Choice:
    """Which photographs: those of a class that got an answer (empty: any), at a level; ``judged``
    alone, as metrics count them, or all; ``wrong`` alone or all.
    """

    level: str = "label"
    label: str = ""
    answer: str = ""
    judged: bool = True
    wrong: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a photograph is: its object below the photographs' address, and its segment."""

    item: StoredObject
    segment: str


@dataclass(frozen=True)
class Page:
    """Some of many."""

    rows: list[dict[str, Any]]
    number: int
    total: int

    @property
    def first(self) -> int:
        """Number of its first row, from 1."""
        return (self.number - 1) * A_PAGE + 1

    @property
    def pages(self) -> int:
        """How many there are."""
        return max(1, -(-self.total // A_PAGE))


def answers(shown: Shown) -> pa.Table:
    """A row a photograph, by label: `ANSWERS` with the truth at every level and the maturity."""
    key = (shown.lake.storage.root, shown.model.classifier, shown.plan.run_id, "answers")
    return remembered(key, lambda: _with_truth(shown, shown.classifier.read_parts("answers")))


def chosen(shown: Shown, choice: Choice) -> pa.Table:
    """The photographs of a choice. Raises NothingToShowError if there is no such level."""
    import pyarrow.compute as pc

    if choice.level not in LEVELS:
        raise NothingToShowError(f"no level {choice.level}: choose one of {', '.join(LEVELS)}")
    truth, answer = TRUTH[choice.level], ANSWER[choice.level]
    table = answers(shown)
    if choice.judged and shown.metrics["test_split"]:
        table = table.filter(pc.invert(table.column("held_out")))
    if choice.label:
        table = table.filter(pc.equal(table.column(truth), choice.label))
    if choice.answer:
        table = table.filter(pc.equal(table.column(answer), choice.answer))
    if choice.wrong:
        table = table.filter(pc.not_equal(table.column(truth), table.column(answer)))
    return table


def paged(table: pa.Table, number: int) -> Page:
    """A page of a table, from 1; the nearest that there is."""
    last = max(1, -(-len(table) // A_PAGE))
    number = min(max(1, number), last)
    return Page(table.slice((number - 1) * A_PAGE, A_PAGE).to_pylist(), number, len(table))


def stored(shown: Shown) -> Mapping[str, Kept]:
    """Where each photograph of the model's collection is, by its id."""
    key = (shown.lake.storage.root, shown.plan.catalogue, "stored")
    return remembered(key, lambda: _by_id(shown))


def _by_id(shown: Shown) -> dict[str, Kept]:
    store = CatalogueStore(shown.lake.storage, shown.plan.images)
    state = store.read(shown.plan.catalogue)
    return {
        identity_of(item).photo: Kept(item, state.segment_of[key])
        for key, item in state.photographs.items()
    }


def _with_truth(shown: Shown, table: pa.Table) -> pa.Table:
    import pyarrow as pa

    labels = table.column("label").combine_chunks().dictionary_encode()
    names = [shown.name(label) for label in labels.dictionary.to_pylist()]
    for level, values in (
        ("species", [name.species for name in names]),
        ("variety", [name.full_variety for name in names]),
        ("maturity", [name.maturity for name in names]),
    ):
        column = pa.DictionaryArray.from_arrays(labels.indices, pa.array(values, pa.string()))
        table = table.append_column(f"true_{level}", column.cast(pa.string()))
    return table.sort_by([("label", "ascending"), ("photo", "ascending")])
