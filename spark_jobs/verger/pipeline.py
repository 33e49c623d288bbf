"""The method, from photographs to features, in one Spark session."""

from __future__ import annotations

from collections.abc import Sequence

from verger.checkpoint import Lake
from verger.contract import StageRecord
from verger.session import LazySession
from verger.settings import ImportSettings, Preset, check_pair
from verger.stage import Stage, run_stage
from verger.stages.build_vocabulary import DRIVER_MEGABYTES, BuildVocabulary
from verger.stages.extract_descriptors import ExtractDescriptors
from verger.stages.import_images import ImportImages
from verger.stages.pivot_histograms import PivotHistograms
from verger.stages.reduce_pca import ReducePca


def method(
    images: str, limits: ImportSettings, preset: Preset, driver_megabytes: int = DRIVER_MEGABYTES
) -> list[Stage]:
    """The stages in order. Lists the photographs, so it fails early where there are none."""
    check_pair(preset.words.k, preset.pca.k)
    return [
        ImportImages.below(images, limits),
        ExtractDescriptors(preset.extractor),
        BuildVocabulary(preset.words, preset.limits, driver_megabytes),
        PivotHistograms(),
        ReducePca(preset.pca),
    ]


def run(stages: Sequence[Stage], lake: Lake, run_id: str) -> list[StageRecord]:
    """Run the stages one after another; each leaves its checkpoint."""
    with LazySession(f"verger {run_id}") as session:
        return [run_stage(stage, lake, run_id, session.get) for stage in stages]
