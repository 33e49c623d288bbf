"""From photographs to features: our pipeline against the notebook's, each in a fresh process."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from functools import partial

from benchmarks.jobs import run
from benchmarks.measure import side_by_side
from benchmarks.options import Options
from benchmarks.report import Bar, Row

VERGER, NOTEBOOK = "verger", "the notebook's pipeline"
BARS = {"seed": 8.0, "fruits": 25.0}


def measure(options: Options) -> Iterator[Row]:
    """The start of Spark counts on both sides. The notebook takes minutes, so each runs once."""
    images = str(options.folder(options.photographs))
    for extractor in options.extractors:
        timings = side_by_side(
            {
                VERGER: partial(_verger, options, images, extractor),
                NOTEBOOK: partial(_notebook, options, images, extractor),
            },
            repeats=1,
            warm_up=False,
        )
        yield Row(
            f"whole pipeline, extractor of preset {extractor}",
            f"{options.photographs:,} photographs, 1,000 words, 100 components",
            timings,
            [Bar(NOTEBOOK, BARS[extractor], timings[NOTEBOOK].median / timings[VERGER].median)],
            {"counted": "everything, from the start of the process and of Spark to the csv"},
        )


def _verger(options: Options, images: str, extractor: str) -> None:
    lake = str(options.work / uuid.uuid4().hex)
    run("benchmarks.jobs.verger_pipeline", [images, lake, extractor], os.environ)


def _notebook(options: Options, images: str, extractor: str) -> None:
    csv = str(options.work / "notebook.csv")
    run("benchmarks.jobs.notebook", [images, csv, extractor], os.environ)
