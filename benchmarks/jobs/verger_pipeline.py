"""Our pipeline with the extractor of a preset:  verger_pipeline IMAGES LAKE seed|fruits

Vocabulary and PCA are preset fruits' in both cases. Where ORB's defaults leave photographs bare,
nothing stops the run: the comparison is about time.
"""

from __future__ import annotations

import logging
import sys
from dataclasses import replace

from verger import pipeline
from verger.checkpoint import Lake
from verger.settings import FRUITS, HealthLimits, ImportSettings, preset


def main(images: str, lake: str, extractor: str) -> None:
    """From photographs to features."""
    logging.basicConfig(stream=sys.stderr)
    logging.getLogger("verger").setLevel(logging.INFO)
    chosen = replace(preset(extractor).extractor, zero_placeholder=False)
    ours = replace(FRUITS, extractor=chosen, limits=HealthLimits())
    pipeline.run(pipeline.method(images, ImportSettings(), ours), Lake.at(lake), "benchmark")


if __name__ == "__main__":
    main(*sys.argv[1:])
