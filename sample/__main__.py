"""python -m sample FOLDER"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from sample.album import MARKER, draw_sample
from verger.errors import VergerError


def main(arguments: list[str] | None = None) -> int:
    """Draw the sample a command line asks for; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m sample",
        description="Draw photographs of fruits, laid out like Fruits-360, for want of real ones.",
    )
    parser.add_argument("folder", type=Path, help="where to; must not exist, or be empty")
    parser.add_argument(
        "--per-label", type=int, default=40, help="photographs of each fruit (default: 40)"
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="another seed, other fruits (default: 0)"
    )
    options = parser.parse_args(arguments)
    try:
        folder = draw_sample(options.folder, options.per_label, options.seed)
    except VergerError as error:
        parser.error(str(error))
    sys.stdout.write(f"{folder}: the sample is ready ({MARKER} says how it was drawn)\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
