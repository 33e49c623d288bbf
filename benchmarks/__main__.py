"""`make bench`: run rows, print their tables, write JSON."""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks import machine, results
from benchmarks.options import Options
from benchmarks.report import Row
from local_cloud.java import ensure_java
from verger.contract import PRESETS

# In the order of the table; each is a module of `benchmarks.rows` with a function `measure`.
ROWS = (
    *("kernel", "fit", "extraction", "classifier"),
    *("s3_reads", "whole", "stages", "growth", "increment", "year", "serve", "pages"),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure; the exit status says whether every bar was met."""
    arguments = _parser().parse_args(argv)
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("benchmarks").setLevel(logging.INFO)
    os.environ["JAVA_HOME"] = str(ensure_java())
    rows: list[Row] = []
    facts = machine.facts()
    with tempfile.TemporaryDirectory(prefix="verger-bench-") as work:
        options = Options(
            images=arguments.images.resolve(),
            work=Path(work),
            repeats=arguments.repeats,
            photographs=arguments.photographs,
            descriptors=arguments.descriptors,
            words=arguments.words,
            increments=sorted(arguments.increments),
            extractors=arguments.extractors,
            whole_days=arguments.whole_days,
            requests=arguments.requests,
        )
        for name in arguments.rows or ROWS:
            logging.getLogger("benchmarks").info("%s", name)
            for row in importlib.import_module(f"benchmarks.rows.{name}").measure(options):
                rows.append(row)
                print(f"\n{row.to_markdown()}", flush=True)  # noqa: T201  the product
                results.keep(arguments.out, row, facts)  # a long run may be stopped
    return 0 if all(bar.met for row in rows for bar in row.bars) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Times the parts of Verger side by side with the alternatives.",
    )
    parser.add_argument("rows", nargs="*", choices=[*ROWS, []], help="which rows (default: all)")
    parser.add_argument("--images", type=Path, required=True, help="a folder of photographs")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path(__file__).with_name("results.json"),
        help="the JSON; tables go beside it, as .md (default: %(default)s)",
    )
    parser.add_argument("--repeats", type=int, default=3, help="runs of each contender")
    parser.add_argument("--photographs", type=int, default=1000)
    parser.add_argument("--descriptors", type=int, default=100_000)
    parser.add_argument("--words", type=int, default=1000)
    parser.add_argument(
        "--extractors",
        choices=PRESETS,
        nargs="+",
        default=["fruits", "seed"],
        help="of the row whole",
    )
    parser.add_argument(
        "--whole-days",
        action="store_true",
        help="of the row year: all stages on all days, not on the first and last ones alone",
    )
    parser.add_argument(
        "--requests", type=int, help="of the row serve, over which its memory must not grow"
    )
    parser.add_argument(
        "--increments",
        type=int,
        nargs="+",
        default=[1000, 4000],
        help="how many photographs are there already when 100 more arrive",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
