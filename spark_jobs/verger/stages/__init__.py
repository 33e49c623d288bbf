"""The stages, in the order in which they run: each makes checkpoints out of those before it.

Compute: Spark. May use all rooms but `cli`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from verger.contract import (
    BUILD_VOCABULARY,
    EXTRACT_DESCRIPTORS,
    IMPORT_IMAGES,
    PIVOT_HISTOGRAMS,
    REDUCE_PCA,
    TRAIN_CLASSIFIER,
)
from verger.stages.build_vocabulary import build_vocabulary
from verger.stages.extract_descriptors import extract_descriptors
from verger.stages.import_images import import_images
from verger.stages.pivot_histograms import pivot_histograms
from verger.stages.reduce_pca import reduce_pca
from verger.stages.result import StageResult
from verger.stages.stage_run import StageRun
from verger.stages.train_classifier import train_classifier

Stage = Callable[[StageRun], StageResult]

IN_ORDER: Mapping[str, Stage] = {
    IMPORT_IMAGES: import_images,
    EXTRACT_DESCRIPTORS: extract_descriptors,
    BUILD_VOCABULARY: build_vocabulary,
    PIVOT_HISTOGRAMS: pivot_histograms,
    REDUCE_PCA: reduce_pca,
    TRAIN_CLASSIFIER: train_classifier,
}
