"""A table as csv, for spreadsheets too."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

# With one of these in front, a spreadsheet takes a text for a formula and computes it.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
# What pandas.read_csv takes for a missing value, unless keep_default_na=False.
_MISSING = frozenset(
    [
        "#N/A",
        "#N/A N/A",
        "#NA",
        "-1.#IND",
        "-1.#QNAN",
        "-NaN",
        "-nan",
        "1.#IND",
        "1.#QNAN",
        "<NA>",
        "N/A",
        "NA",
        "NULL",
        "NaN",
        "None",
        "n/a",
        "nan",
        "null",
    ]
)


def as_csv(table: pa.Table) -> bytes:
    """The table with its column `label` made safe: a label that would be a formula gets an
    apostrophe in front. All others are written as they are.
    """
    frame = table.to_pandas()
    frame["label"] = [safe(label) for label in frame["label"]]
    return bytes(frame.to_csv(index=False).encode())


def safe(label: str) -> str:
    """The label as a text that no spreadsheet computes."""
    return f"'{label}" if label.startswith(_FORMULAS) else label


def misread(labels: Iterable[str]) -> list[str]:
    """Those of the labels that readers of the csv will take for something else."""
    return [label for label in labels if label in _MISSING or safe(label) != label]
