"""Photographs beside each other: a cell of the matrix, the suspects, and one by itself."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from verger_pages.photographs import ANSWER, PHOTO, TRUTH, Choice, answers, chosen, paged, stored
from verger_pages.shown import NothingToShowError, Shown
from verger_pages.templating import render

if TYPE_CHECKING:
    import pyarrow as pa


def photographs_page(shown: Shown, choice: Choice, number: int, *, part: bool = False) -> str:
    """The photographs of a choice as HTML; with ``part`` to stand within another page."""
    return _grid(shown, chosen(shown, choice), choice, number, part=part)


def suspects_page(shown: Shown, number: int) -> str:
    """The photographs whose label is contradicted with confidence, the surest first."""
    page = paged(shown.classifier.read("suspects"), number)
    return render(
        "suspects.html", here="quality", asked=shown.asked, shown=shown, page=page, link="suspects"
    )


def photo_page(shown: Shown, photo: str) -> str:
    """One photograph with all that is known of it, as HTML.

    Raises NothingToShowError if the model's collection has no such photograph.
    """
    import pyarrow.compute as pc

    kept = stored(shown).get(photo) if PHOTO.fullmatch(photo) else None
    if kept is None:
        raise NothingToShowError(f"no photograph {photo} in the collection of {shown.model.id}")
    table = answers(shown)
    found = table.filter(pc.equal(table.column("photo"), photo)).to_pylist()
    levels = [
        (level, found[0][TRUTH[level]], found[0][ANSWER[level]], found[0][f"{column}_probability"])
        for level, column in ANSWER.items()
        if found
    ]
    return render(
        "photo.html",
        up="../",
        here="quality",
        asked=shown.asked,
        shown=shown,
        kept=kept,
        photo=photo,
        row=found[0] if found else None,
        levels=levels,
    )


def _grid(shown: Shown, table: pa.Table, choice: Choice, number: int, *, part: bool) -> str:
    page = paged(table, number)
    values = {**asdict(choice), "judged": "" if choice.judged else "no"}
    return render(
        "photographs_part.html" if part else "photographs.html",
        here="quality",
        asked=shown.asked,
        shown=shown,
        choice=choice,
        values={**values, "model": shown.asked},
        page=page,
        truth=TRUTH[choice.level],
        answer=ANSWER[choice.level],
        link="photographs",
    )
