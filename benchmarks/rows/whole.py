"""From photographs to features: our pipeline against the notebook's, each in a fresh process."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from benchmarks.jobs import run
from benchmarks.measure import Timing, side_by_side
from benchmarks.options import Options
from benchmarks.report import Bar, Row

VERGER, NOTEBOOK = "verger", "the notebook's pipeline"
BARS = {"seed": 8.0, "fruits": 25.0}


def measure(options: Options) -> Iterator[Row]:
    """The start of Spark counts on both sides. The notebook takes minutes, so each of its runs is
    the only one. What an eighth of the photographs takes tells what is paid for any number.
    """
    counts = (options.photographs // 8, options.photographs)
    for extractor in options.extractors:
        ours = _timed(VERGER, partial(_verger, options, extractor), counts, options.repeats)
        theirs = _timed(NOTEBOOK, partial(_notebook, options, extractor), counts, repeats=1)
        (our_fixed, our_each), (their_fixed, their_each) = (
            _line(counts, [timing.median for timing in timings.values()])
            for timings in (ours, theirs)
        )
        ratio = list(theirs.values())[-1].median / list(ours.values())[-1].median
        yield Row(
            f"whole pipeline, extractor of preset {extractor}",
            f"{options.photographs:,} photographs, 1,000 words, 100 components",
            ours | theirs,
            [Bar(NOTEBOOK, BARS[extractor], ratio)],
            {
                "counted": "everything, from the start of the process and of Spark to the csv",
                "seconds for any number of photographs": f"{our_fixed:.1f} against "
                f"{their_fixed:.1f}",
                "milliseconds for one more photograph": f"{1000 * our_each:.1f} against "
                f"{1000 * their_each:.1f}, {their_each / our_each:.1f}x",
            },
        )


def _timed(
    name: str, contender: Callable[[int], None], counts: Sequence[int], repeats: int
) -> dict[str, Timing]:
    sizes = {f"{name}, {count:,} photographs": partial(contender, count) for count in counts}
    return side_by_side(sizes, repeats, warm_up=False)


def _line(counts: Sequence[int], seconds: Sequence[float]) -> tuple[float, float]:
    """Seconds for no photograph and for one more, from two measurements."""
    each = (seconds[1] - seconds[0]) / (counts[1] - counts[0])
    return seconds[0] - each * counts[0], each


def _verger(options: Options, extractor: str, count: int) -> None:
    lake = str(options.work / uuid.uuid4().hex)
    images = str(options.folder(count))
    run("benchmarks.jobs.verger_pipeline", [images, lake, extractor], os.environ)


def _notebook(options: Options, extractor: str, count: int) -> None:
    csv = str(options.work / "notebook.csv")
    run("benchmarks.jobs.notebook", [str(options.folder(count)), csv, extractor], os.environ)
