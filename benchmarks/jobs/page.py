"""One page of a lake, made twice in a new process:  python -m benchmarks.jobs.page LAKE PAGE

Prints one JSON object: seconds of processor of both times, so that a busy machine changes little;
bytes; the most memory that the process held.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from verger.lake.store import Lake
from verger_pages import grids, models, orchard, quality, words
from verger_pages import map as drawn
from verger_pages.photographs import Choice, stored
from verger_pages.shown import Shown, shown

PAGES: dict[str, Callable[[Shown], str | bytes]] = {
    "orchard": orchard.page,
    "quality": lambda of: quality.page(of, "label"),
    "photographs": lambda of: grids.photographs_page(of, Choice(judged=False), 700),
    "suspects": lambda of: grids.suspects_page(of, 1),
    "map": lambda of: drawn.page(of, ""),
    "map: labels and ids": drawn.who,
    "map: places": lambda of: drawn.points(of, (0, 1)),
    "words": lambda of: words.page(of, words.ORB, "usage", 1),
    "models": models.models_page,
    "card": models.card_page,
    "first picture: where it is": lambda of: str(len(stored(of))),
}


def main(lake: str, page: str) -> None:
    """Make it, and say how long that took."""
    seconds = []
    content: str | bytes = ""
    for _ in range(2):
        started = time.process_time()
        content = PAGES[page](shown(Lake.at(lake)))
        seconds.append(time.process_time() - started)
    told = {"seconds": seconds, "bytes": len(content), "megabytes": _peak()}
    print(json.dumps(told))  # noqa: T201  the product


def _peak() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) >> 10  # from KB


if __name__ == "__main__":
    main(*sys.argv[1:])
