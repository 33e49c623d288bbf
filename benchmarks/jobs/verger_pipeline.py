"""Our pipeline with the extractor of a preset:  verger_pipeline IMAGES LAKE seed|fruits

Vocabulary and PCA are preset fruits' in both cases. Where ORB's defaults leave photographs bare,
nothing stops the run: the comparison is about time.
"""

from __future__ import annotations

import logging
import sys
from dataclasses import replace
from importlib.metadata import version

from verger.cli.flags import DRIVER_MEGABYTES
from verger.config.presets import preset
from verger.config.settings import FRUITS, HealthLimits
from verger.contract import OPENCV
from verger.lake.store import Lake
from verger.objects.addresses import open_storage
from verger.planning.planner import RunRequest, make_plan
from verger.stages import pipeline


def main(images: str, lake: str, extractor: str) -> None:
    """From photographs to features."""
    logging.basicConfig(stream=sys.stderr)
    logging.getLogger("verger").setLevel(logging.INFO)
    chosen = replace(preset(extractor).extractor, zero_placeholder=False)
    ours = replace(FRUITS, extractor=chosen, limits=HealthLimits())
    request, place = RunRequest("benchmark", images, ours), Lake.at(lake)
    make_plan(request, place, open_storage(images).list(), version(OPENCV))
    pipeline.run(place, request.run_id, DRIVER_MEGABYTES)


if __name__ == "__main__":
    main(*sys.argv[1:])
