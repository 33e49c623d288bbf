"""The file of results: rows of one machine, each as it was measured last."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.report import Row, to_markdown

log = logging.getLogger("benchmarks")


def keep(out: Path, row: Row, machine: Mapping[str, Any]) -> None:
    """Write a row to the JSON and its tables to the .md beside it, in place of its predecessor.

    Rows that were measured on another machine, or with other packages, are dropped.
    """
    when = datetime.now(UTC).isoformat(timespec="minutes")
    rows = {one.name: one for one in _read(out, machine)}
    rows[row.name] = replace(row, facts={**row.facts, "measured": when})
    told = {"machine": machine, "rows": [one.to_dict() for one in rows.values()]}
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(told, indent=2) + "\n")
    out.with_suffix(".md").write_text(to_markdown(machine, list(rows.values())))


def _read(out: Path, machine: Mapping[str, Any]) -> list[Row]:
    if not out.exists():
        return []
    told = json.loads(out.read_text())
    if told["machine"] != machine:
        log.warning("%s was measured elsewhere: its rows are replaced (git has them)", out)
        return []
    return [Row.from_dict(row) for row in told["rows"]]
