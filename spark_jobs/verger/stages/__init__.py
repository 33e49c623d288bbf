"""The five stages by name: each follows the plan of a run."""

from __future__ import annotations

from collections.abc import Mapping

from verger.contract import (
    BUILD_VOCABULARY,
    EXTRACT_DESCRIPTORS,
    IMPORT_IMAGES,
    PIVOT_HISTOGRAMS,
    REDUCE_PCA,
)
from verger.stages.build_vocabulary import build_vocabulary
from verger.stages.extract_descriptors import extract_descriptors
from verger.stages.import_images import import_images
from verger.stages.job import Stage
from verger.stages.pivot_histograms import pivot_histograms
from verger.stages.reduce_pca import reduce_pca

IN_ORDER: Mapping[str, Stage] = {
    IMPORT_IMAGES: import_images,
    EXTRACT_DESCRIPTORS: extract_descriptors,
    BUILD_VOCABULARY: build_vocabulary,
    PIVOT_HISTOGRAMS: pivot_histograms,
    REDUCE_PCA: reduce_pca,
}
