"""The extractor settings that are tried, in three rounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from itertools import combinations
from typing import Any

from verger.config.settings import SEED, ExtractorSettings

# Photographs of Fruits-360 have 100 pixels a side, so 100 is no upscaling.
SIDES = (100, 150, 200, 300)
FEATURES = (100, 250, 500, 1000)
NOTEBOOK = replace(SEED.extractor, zero_placeholder=False)
# The first round's settings but for side and features.
START = ExtractorSettings(
    side=200, n_features=500, edge_threshold=8, fast_thresholds=(8, 4, 2, 1), enough=50
)
# The second round turns one of these at a time.
PATCHES = (15, 23, 47)
EDGES = (4, 16, 31)
THRESHOLDS = ((20, 8, 4, 2, 1), (4, 2, 1))
PYRAMIDS = ((1, 1.2), (4, 1.2), (4, 1.5), (8, 1.1))


def scales() -> Iterator[ExtractorSettings]:
    """The first round: the notebook's, and every scale with every number of features."""
    yield NOTEBOOK
    for side in SIDES:
        for n_features in FEATURES:
            yield replace(START, side=side, n_features=n_features)


def around(base: ExtractorSettings) -> Iterator[ExtractorSettings]:
    """The second round: one setting of ORB at a time departs from the first round's choice."""
    for patch_size in PATCHES:
        yield replace(base, patch_size=patch_size)
    for edge_threshold in EDGES:
        yield replace(base, edge_threshold=edge_threshold)
    for fast_thresholds in THRESHOLDS:
        yield replace(base, fast_thresholds=fast_thresholds)
    for n_levels, scale_factor in PYRAMIDS:
        yield replace(base, n_levels=n_levels, scale_factor=scale_factor)


def together(
    base: ExtractorSettings, turned: Sequence[ExtractorSettings]
) -> Iterator[ExtractorSettings]:
    """The third round: two turns of the second at a time, unless both turn the same thing."""
    for one, other in combinations([_turns(base, settings) for settings in turned], 2):
        if not one.keys() & other.keys():
            yield replace(base, **one, **other)


def _turns(base: ExtractorSettings, turned: ExtractorSettings) -> dict[str, Any]:
    before = asdict(base)
    return {name: value for name, value in asdict(turned).items() if value != before[name]}
