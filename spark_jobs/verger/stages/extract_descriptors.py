"""extract_descriptors: ORB of every photograph, n x 32 bytes in one value; and the other blocks."""

from __future__ import annotations

import logging
from collections.abc import Callable
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from verger.catalogue.collection import Segment
from verger.config.heads import COLOUR, STATISTICS
from verger.config.settings import ExtractorSettings
from verger.contract import EXTRACT_DESCRIPTORS, OPENCV
from verger.errors import VergerError
from verger.imaging.orb import Extractor
from verger.kernels.bits import DESCRIPTOR_BYTES, Descriptors
from verger.lake.draft import Metrics
from verger.spark.counts import count_descriptors
from verger.spark.frames import spark_schema
from verger.spark.workers import map_batches
from verger.stages.extract_blocks import extract_patches, extract_statistics
from verger.stages.fisher_vectors import sample_patches
from verger.stages.network_features import extract_features
from verger.stages.result import StageResult
from verger.stages.segment_rows import SegmentRows, left_over
from verger.stages.stage_run import StageRun
from verger.tables import schemas
from verger.tables.columns import Batches, about

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

log = logging.getLogger("verger")


def extract_descriptors(run: StageRun) -> StageResult:
    """Descriptors of every segment's photographs, by one extractor, and the blocks beside them.

    Raises VergerError if no photograph of the collection has any.
    """
    result = StageResult.of(
        found or _extract(run, segment)
        for segment, found in run.find_segments(run.recipe.descriptors)
    )
    if not any(checkpoint.manifest.metrics["descriptors"] for checkpoint in result.checkpoints):
        raise VergerError(
            f"ORB found no descriptor in any of {run.plan.photographs} photographs; "
            "use --preset fruits, or photographs with some texture"
        )
    if COLOUR in run.recipe.blocks:
        result += extract_patches(run)
    if STATISTICS in run.recipe.blocks:
        result += extract_statistics(run)
    for block in run.recipe.fisher_blocks:
        result += sample_patches(run, block)
    for block in run.plan.preset.network_blocks:
        result += extract_features(run, block)
    return result


def _extract(run: StageRun, segment: Segment) -> StageResult:
    """The checkpoint `descriptors` of one segment."""
    draft = run.begin(run.recipe.descriptors(segment.id))
    work = left_over(run, segment, run.recipe.descriptors, "descriptors") or SegmentRows(
        _described(run, segment), segment.photographs
    )
    draft.save("descriptors", work.rows)
    metrics = _count(run.saved(draft, "descriptors"))
    return StageResult.made(draft.commit(metrics), work.photographs_done)


def check_opencv(planned: str) -> None:
    """Raise VergerError if another OpenCV than the planned one would find the descriptors: what it
    finds is filed under the release of the plan.
    """
    if (here := version(OPENCV)) != planned:
        raise VergerError(
            f"the run is planned for OpenCV {planned}, and {here} is installed here: publish the "
            "code with its packages again (`make publish`), and trigger anew"
        )


def _described(run: StageRun, segment: Segment) -> DataFrame:
    check_opencv(run.plan.opencv)
    extractor = run.plan.preset.extractor
    schema = spark_schema(schemas.DESCRIPTORS)
    return map_batches(run.photographs(segment), describe(extractor), schema)


def describe(settings: ExtractorSettings) -> Callable[[Batches], Batches]:
    """Photographs (content) -> descriptors, batch by batch."""

    def run(batches: Batches) -> Batches:
        extractor = Extractor(settings)
        for batch in batches:
            found = [_descriptors(extractor, content) for content in batch.column("content")]
            keypoints = pa.array([len(descriptors) for descriptors in found], pa.int32())
            packed = [descriptors.tobytes() or _placeholder(settings) for descriptors in found]
            yield about(batch, keypoints=keypoints, descriptors=pa.array(packed, pa.binary()))

    return run


def _descriptors(extractor: Extractor, content: pa.Scalar) -> Descriptors:
    """None where OpenCV fails on a photograph, though it could decode it when it was imported."""
    try:
        return extractor.describe(content.as_py())
    except Exception as error:  # one photograph must not end a run
        log.warning("%s: a photograph has no descriptors: %s", EXTRACT_DESCRIPTORS, error)
        return np.empty((0, DESCRIPTOR_BYTES), np.uint8)


def _placeholder(settings: ExtractorSettings) -> bytes:
    return bytes(DESCRIPTOR_BYTES) if settings.zero_placeholder else b""


def _count(descriptors: DataFrame) -> Metrics:
    labels = count_descriptors(descriptors)
    return Metrics(
        {
            "descriptors": sum(label["descriptors"] for label in labels.values()),
            "images_without_descriptors": sum(label["bare"] for label in labels.values()),
        },
        labels,
    )
