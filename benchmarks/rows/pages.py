"""Pages of Airflow over a large collection: seconds of processor of each, in a process that has
read nothing yet and in one that has.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.jobs import ROOT
from benchmarks.jobs.page import PAGES
from benchmarks.measure import Timing
from benchmarks.options import Options
from benchmarks.report import Bar, Row
from tests.lakes import grow, listed
from verger.lake.store import Lake

LABELS, OF_EACH = 131, 687
LONGEST = 1.0  # seconds of processor until the first paint


def measure(options: Options) -> Iterator[Row]:
    """A lake of 131 labels and 89,997 photographs, drawn from a seed; nothing else of the options
    matters.
    """
    folder = options.work / "lake"
    labels = {f"Apple Variety {i:03d}": OF_EACH for i in range(LABELS)}
    grow(Lake.at(str(folder)), "s3://elsewhere/in", listed(labels), "large")
    told = {page: _made(str(folder), page) for page in PAGES}
    slowest = max(made.first for made in told.values())
    yield Row(
        "pages in Airflow",
        f"{LABELS} labels, {LABELS * OF_EACH:,} photographs; a new process for each page",
        {page: Timing((made.first,), made.megabytes, None) for page, made in told.items()},
        [Bar("a second to the slowest page's first time", 1.0, LONGEST / slowest)],
        {
            f"{page}, asked again": f"{of.again:.3f} s, {of.size:,} bytes"
            for page, of in told.items()
        },
    )


@dataclass(frozen=True)
class Made:
    """Seconds of the first and the second time, the page's bytes, the process's most memory."""

    first: float
    again: float
    size: int
    megabytes: int


def _made(lake: str, page: str) -> Made:
    paths = (ROOT / "plugins", ROOT / "spark_jobs", ROOT)
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.jobs.page", lake, page],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))},
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout)
    first, again = told["seconds"]
    return Made(first, again, told["bytes"], told["megabytes"])
