"""Our pipeline with the extractor of a preset:  verger_pipeline IMAGES LAKE seed|fruits

Vocabulary and PCA are preset fruits' in both cases. Where ORB's defaults leave photographs bare,
nothing stops the run: the comparison is about time.
"""

from __future__ import annotations

import logging
import sys
from dataclasses import replace
from importlib.metadata import version

from verger import pipeline
from verger.checkpoint import Lake
from verger.cli import OPENCV
from verger.flags import DRIVER_MEGABYTES
from verger.planning import Wish, make_plan
from verger.settings import FRUITS, HealthLimits, preset
from verger.storage import open_storage


def main(images: str, lake: str, extractor: str) -> None:
    """From photographs to features."""
    logging.basicConfig(stream=sys.stderr)
    logging.getLogger("verger").setLevel(logging.INFO)
    chosen = replace(preset(extractor).extractor, zero_placeholder=False)
    ours = replace(FRUITS, extractor=chosen, limits=HealthLimits())
    wish, place = Wish("benchmark", images, ours), Lake.at(lake)
    make_plan(wish, place, open_storage(images).list(), version(OPENCV))
    pipeline.run(place, wish.run_id, DRIVER_MEGABYTES)


if __name__ == "__main__":
    main(*sys.argv[1:])
