"""`make sweep`: sweep extractors and weights, print the tables, write them down."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.quality import report
from benchmarks.quality.album import by_label, by_variety
from benchmarks.quality.pool import processes
from benchmarks.quality.rule import choose
from benchmarks.quality.scores import Albums
from benchmarks.quality.sweep import Sizes, Sweep
from verger.config.settings import VocabularySettings

PACKAGES = ("numba", "numpy", "opencv-python-headless", "scikit-learn")


def main(argv: Sequence[str] | None = None) -> int:
    """Sweep; what a killed run has computed is found again."""
    arguments = _parser().parse_args(argv)
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("benchmarks").setLevel(logging.INFO)
    albums = Albums(
        by_label(arguments.images / "Training", arguments.training),
        by_label(arguments.images / "Test", arguments.test),
        by_variety(arguments.varieties, arguments.of_each_variety),
    )
    sizes = Sizes(
        replace(
            VocabularySettings(), k=arguments.words, sample_per_word=arguments.sample_per_word
        ),
        arguments.vocabularies,
        arguments.repetitions,
        arguments.components,
        arguments.timed,
        arguments.processes,
    )  # fmt: skip
    with processes(arguments.processes) as pool:
        sweep = Sweep(albums, sizes, pool, arguments.kept)
        extractors = sweep.extractors()
        weightings = sweep.weightings(choose(extractors).extractor)
    found = report.Found(
        extractors, weightings, albums.varieties.labels, _context(arguments, albums, sizes)
    )
    print(f"{report.extractor_table(found)}\n\n{report.weighting_table(found)}")  # noqa: T201
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "results.md").write_text(report.to_markdown(found))
    (arguments.out / "results.json").write_text(json.dumps(report.to_dict(found), indent=2) + "\n")
    return 0


def _context(arguments: argparse.Namespace, albums: Albums, sizes: Sizes) -> dict[str, Any]:
    training, test, varieties = (len(album.paths) for album in albums.all())
    return {
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": _command(arguments),
        "photographs": {"Training": training, "Test": test, "varieties": varieties},
        "words": (
            f"{sizes.settings.k}, fitted to Training by k-majority, "
            f"{sizes.settings.sample_per_word} descriptors a word, "
            f"{sizes.vocabularies} vocabularies (seeds 0 to {sizes.vocabularies - 1}) in turn"
        ),
        "judge": "LinearSVC(C=1), rows scaled to a mean square of 1; extractors: Hellinger rows",
        "draws": (
            f"{3 * arguments.repetitions}: {arguments.repetitions} seeded splits of the varieties "
            "into thirds, each third held out once"
        ),
        "components": sizes.components,
        "machine": machine.facts(PACKAGES),
    }


def _command(arguments: argparse.Namespace) -> str:
    """What to type for the same, with the sizes that are not the default ones."""
    parser = _parser()
    sizes = " ".join(
        f"--{name.replace('_', '-')} {value}"
        for name, value in vars(arguments).items()
        if isinstance(value, int) and name != "processes" and value != parser.get_default(name)
    )
    folders = f"IMAGES={arguments.images.name} VARIETIES={arguments.varieties.name}"
    return f"make sweep {folders}" + (f' QUALITY="{sizes}"' if sizes else "")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.quality",
        description="Chooses extractor settings and weights by accuracy and time.",
    )
    add = parser.add_argument
    add("--images", type=Path, required=True, help="a folder with Training and Test")
    add("--varieties", type=Path, required=True, help="a folder of <Species>/<Variety>")
    add("--out", type=Path, default=Path(__file__).parent, help="where results.* go")
    add("--kept", type=Path, default=Path(".verger/quality"), help="what a killed run leaves")
    add("--training", type=int, default=60, help="photographs of each label of Training")
    add("--test", type=int, default=35, help="photographs of each label of Test")
    add("--of-each-variety", type=int, default=60, help="photographs")
    add("--words", type=int, default=1000, help="visual words")
    add("--sample-per-word", type=int, default=100, help="training descriptors for each word")
    add("--vocabularies", type=int, default=3, help="vocabularies of different seeds")
    add("--repetitions", type=int, default=10, help="splits of the varieties, three draws each")
    add("--components", type=int, default=100, help="principal components")
    add("--timed", type=int, default=300, help="photographs whose processor time is taken")
    add("--processes", type=int, default=os.cpu_count() or 1, help="processes and threads")
    return parser


if __name__ == "__main__":
    sys.exit(main())
