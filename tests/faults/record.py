"""The table of faults: what was done how often, and how it ended."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

# `make faults` says where the table goes, and that everything is to be drawn.
TABLE = os.environ.get("FAULTS_TABLE", "")
WHOLE = bool(TABLE)
drawn_by_make_faults = pytest.mark.skipif(not WHOLE, reason="drawn by `make faults`")
SEED = int(os.environ.get("FAULTS_SEED", "2026"))


@dataclass
class Row:
    """One fault: how often it was done, and how often it ended in which way."""

    fault: str
    command: str
    outcomes: Counter[str] = field(default_factory=Counter)
    failed: bool = False

    def ended(self, how: str, times: int = 1) -> None:
        self.outcomes[how] += times

    @property
    def draws(self) -> int:
        return sum(self.outcomes.values())


class Record:
    """The rows of a session."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    @contextmanager
    def row(self, fault: str) -> Iterator[Row]:
        """The row of that fault, begun by the first who asks; it says so where a test fails."""
        row = next((row for row in self.rows if row.fault == fault), None)
        if row is None:
            row = Row(fault, _command())
            self.rows.append(row)
        try:
            yield row
        except Exception:  # who is interrupted has not failed
            row.failed = True
            raise

    def write(self, path: Path) -> None:
        """Into the table; rows of faults that were not done this time stay as they are."""
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        kept = dict(zip(map(_fault, lines), lines, strict=True))
        rows = {fault: line for fault, line in kept.items() if line.startswith("| ") and fault}
        rows.pop("fault", None)
        rows |= {row.fault: _line(row) for row in self.rows if row.draws or row.failed}
        path.write_text("\n".join([HEAD, *rows.values(), ""]), encoding="utf-8")


HEAD = """# Faults

`make faults` makes every row, the command in a row that one and its like: a kind of fault, how
often it was drawn, how the draws ended, the seed and the date. A draw that ends in any other way
fails its test, and its row says so.

| fault | draws | how they ended | command | seed | made |
|---|---|---|---|---|---|"""


def _command() -> str:
    """What runs the file of tests that is running: FAULTS is a word of their names."""
    file = os.environ["PYTEST_CURRENT_TEST"].partition("::")[0]
    return f"make faults FAULTS={Path(file).stem.removeprefix('test_')}"


def _fault(line: str) -> str:
    return line.split(" | ")[0].removeprefix("| ")


def _line(row: Row) -> str:
    ways = "; ".join(f"{times:,} times {how}" for how, times in row.outcomes.most_common())
    if row.failed:
        ways = f"**FAILED** after: {ways or 'nothing'}"
    told = f"{ways} | `{row.command}` | {SEED} | {datetime.now(UTC):%Y-%m-%d %H:%M}"
    return f"| {row.fault} | {row.draws:,} | {told} |"
