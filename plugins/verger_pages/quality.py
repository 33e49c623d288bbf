"""Quality: what is mistaken for what, how honest confidence is, which labels look wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from verger_pages.shown import LEVELS, NothingToShowError, Shown
from verger_pages.templating import render

WORST = 15  # confusions that are listed


@dataclass(frozen=True)
class Cell:
    """So many photographs of a class (row) were answered with another or the same (column)."""

    row: int
    column: int
    truth: str
    answer: str
    photographs: int
    share: float  # of the photographs of the row's class

    @property
    def right(self) -> bool:
        """Whether the answer is the truth."""
        return self.truth == self.answer


@dataclass(frozen=True)
class Matrix:
    """The classes of a level, and the cells that are not empty."""

    members: tuple[str, ...]
    cells: tuple[Cell, ...]

    @property
    def mistakes(self) -> list[Cell]:
        """The confusions, the most frequent first."""
        wrong = (cell for cell in self.cells if not cell.right)
        return sorted(wrong, key=lambda cell: (-cell.photographs, cell.truth, cell.answer))


def page(shown: Shown, level: str) -> str:
    """The page of a level as HTML. Raises NothingToShowError if there is no such level."""
    if level not in LEVELS:
        raise NothingToShowError(f"no level {level}: choose one of {', '.join(LEVELS)}")
    of = shown.metrics[level]
    classes = [row for row in shown.classifier.read("classes").to_pylist() if row["level"] == level]
    made = matrix(shown, level)
    return render(
        "quality.html",
        here="quality",
        asked=shown.asked,
        shown=shown,
        level=level,
        levels=LEVELS,
        of=of,
        metrics=shown.metrics,
        classes=sorted(classes, key=_weakest_first),
        matrix=made,
        worst=made.mistakes[:WORST],
        suspects=len(shown.classifier.read("suspects")),
        reliability=_trust(of["reliability"]),
        coverage=[(point["coverage"], point["risk"]) for point in of["risk_coverage"]],
    )


def matrix(shown: Shown, level: str) -> Matrix:
    """What was taken for what at a level."""
    table = shown.classifier.read("confusion").to_pylist()
    rows = [row for row in table if row["level"] == level]
    members = tuple(sorted({row[side] for row in rows for side in ("label", "answer")}))
    at = {member: i for i, member in enumerate(members)}
    totals = dict.fromkeys(members, 0)
    for row in rows:
        totals[row["label"]] += row["photographs"]
    return Matrix(members, tuple(_cells(rows, at, totals)))


def _cells(
    rows: Sequence[Mapping[str, Any]], at: Mapping[str, int], totals: Mapping[str, int]
) -> Iterator[Cell]:
    for row in rows:
        truth, answer, n = row["label"], row["answer"], row["photographs"]
        yield Cell(at[truth], at[answer], truth, answer, n, n / totals[truth])


def _weakest_first(row: Mapping[str, Any]) -> tuple[float, str]:
    recall = row["recall"]
    return (2.0 if recall is None else recall, row["name"])


def _trust(reliability: Sequence[Mapping[str, Any]]) -> list[tuple[float, float]]:
    """Confidence and the share of right answers, bin by bin."""
    return [(of["confidence"], of["right"] / of["photographs"]) for of in reliability]
