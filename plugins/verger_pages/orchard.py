"""The orchard: the model in use, its categories, how much was set aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from verger.catalogue.labels import Name
from verger_pages.photographs import answers
from verger_pages.set_aside import quarantined
from verger_pages.shown import Shown
from verger_pages.templating import render

if TYPE_CHECKING:
    import pyarrow as pa

FACES = 3  # thumbnails of a category


@dataclass(frozen=True)
class Category:
    """A label: how many photographs there are, some of them, and how well it is recognised.

    ``judged`` are the photographs that recall and precision are about; they are None where there
    are none.
    """

    label: str
    name: Name
    photographs: int
    faces: tuple[str, ...]
    judged: int
    recall: float | None
    precision: float | None


def page(shown: Shown) -> str:
    """The page as HTML."""
    categories = list(_categories(shown))
    return render(
        "orchard.html",
        here="orchard",
        asked=shown.asked,
        shown=shown,
        metrics=shown.metrics,
        categories=categories,
        quarantine=Counter(row["reason"] for row in quarantined(shown)),
    )


def _categories(shown: Shown) -> Iterator[Category]:
    counts, faces = _counted(answers(shown))
    classes = shown.classifier.read("classes").to_pylist()
    known = {row["name"]: row for row in classes if row["level"] == "label"}
    for label in sorted(counts):
        of = known.get(label, {"photographs": 0, "recall": None, "precision": None})
        yield Category(
            label,
            shown.name(label),
            counts[label],
            faces[label],
            of["photographs"],
            of["recall"],
            of["precision"],
        )


def _counted(table: pa.Table) -> tuple[dict[str, int], dict[str, tuple[str, ...]]]:
    """Photographs of each label, and a few of them."""
    labels = table.column("label").combine_chunks()
    counted = {row["values"]: row["counts"] for row in labels.value_counts().to_pylist()}
    faces, start = {}, 0
    for label, n in counted.items():  # the table is sorted by label
        places = [start + n * i // FACES for i in range(min(FACES, n))]
        faces[label] = tuple(table.column("photo")[at].as_py() for at in places)
        start += n
    return counted, faces
