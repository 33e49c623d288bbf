"""Models side by side: how good each was, and which photographs two of them answer differently."""

from __future__ import annotations

from typing import TYPE_CHECKING

from verger.lake.bundle import CARD_TEXT, load
from verger_pages.photographs import answers, paged
from verger_pages.shown import LEVELS, Shown
from verger_pages.templating import render

if TYPE_CHECKING:
    import pyarrow as pa


def models_page(shown: Shown) -> str:
    """All published models of the preset, newest first, as HTML."""
    models = sorted(shown.published.models, key=lambda model: model.published, reverse=True)
    judged = [of for of in reversed(models) if of.accuracy and None not in of.accuracy.values()]
    steps = max(1, len(judged) - 1)
    lines = {
        level: [(i / steps, model.accuracy[level]) for i, model in enumerate(judged)]
        for level in LEVELS
    }
    return render(
        "models.html",
        here="card",
        asked=shown.asked,
        shown=shown,
        models=models,
        moves=shown.published.moves,
        levels=LEVELS,
        lines=lines,
    )


def card_page(shown: Shown) -> str:
    """The model card as HTML. Raises VergerError if the model's bundle is gone."""
    text = card_text(shown)
    return render("card.html", here="card", asked=shown.asked, shown=shown, blocks=blocks(text))


def card_text(shown: Shown) -> str:
    """The model card as Markdown. Raises VergerError if the model's bundle is gone."""
    return load(shown.lake.storage, shown.model)[CARD_TEXT].decode()


def compare_page(shown: Shown, other: Shown, number: int) -> str:
    """The photographs that both models were asked about and answered differently, as HTML."""
    differing = differently(answers(shown), answers(other))
    return render(
        "compare.html",
        here="card",
        asked=shown.asked,
        shown=shown,
        other=other,
        page=paged(differing, number),
        right=differing.column("right").to_pylist().count(True),
        other_right=differing.column("other_right").to_pylist().count(True),
        link="compare",
    )


def differently(ours: pa.Table, theirs: pa.Table) -> pa.Table:
    """The rows of one table whose label another table answers otherwise, with that answer in
    ``other``, and who was ``right`` or ``other_right``.
    """
    import pyarrow.compute as pc

    at = pc.index_in(ours.column("photo"), value_set=theirs.column("photo").combine_chunks())
    other = theirs.column("answer").combine_chunks().take(at.combine_chunks())
    both = ours.append_column("other", other)
    both = both.filter(pc.is_valid(both.column("other")))
    both = both.filter(pc.not_equal(both.column("answer"), both.column("other")))
    right = pc.equal(both.column("answer"), both.column("label"))
    other_right = pc.equal(both.column("other"), both.column("label"))
    made: pa.Table = both.append_column("right", right).append_column("other_right", other_right)
    return made


def blocks(markdown: str) -> list[tuple[str, list[list[str]]]]:
    """The few forms that our own cards have: a heading, a paragraph, a list, a table.

    Each is its kind and its lines, a line as its cells.
    """
    found: list[tuple[str, list[list[str]]]] = []
    for paragraph in markdown.strip().split("\n\n"):
        lines = paragraph.splitlines()
        if lines[0].startswith("#"):
            found.append(("heading", [[lines[0].lstrip("# ")]]))
        elif lines[0].startswith("- "):
            found.append(("list", [[line.removeprefix("- ")] for line in lines]))
        elif lines[0].startswith("|"):
            rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in lines]
            found.append(("table", [row for row in rows if not set("".join(row)) <= {"-", ":"}]))
        else:
            found.append(("paragraph", [[" ".join(lines)]]))
    return found
