"""The blocks beside ORB: colour patches and statistics of every photograph."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from verger.catalogue.collection import Segment
from verger.config.settings import Preset
from verger.imaging import statistics
from verger.imaging.looking import look, numbers, patches
from verger.lake.draft import Metrics
from verger.spark.counts import count_descriptors
from verger.spark.frames import spark_schema
from verger.spark.workers import map_batches
from verger.stages.result import StageResult
from verger.stages.segment_rows import SegmentRows, left_over
from verger.stages.stage_run import StageRun
from verger.tables import schemas
from verger.tables.columns import Batches, about, to_lists

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

Describe = Callable[[Batches], Batches]


def extract_patches(run: StageRun) -> StageResult:
    """The checkpoint `patches` of every segment."""
    return StageResult.of(
        found or _patches(run, segment) for segment, found in run.find_segments(run.recipe.patches)
    )


def extract_statistics(run: StageRun) -> StageResult:
    """The checkpoint `statistics` of every segment."""
    return StageResult.of(
        found or _statistics(run, segment)
        for segment, found in run.find_segments(run.recipe.statistics)
    )


def _patches(run: StageRun, segment: Segment) -> StageResult:
    draft = run.begin(run.recipe.patches(segment.id))
    work = left_over(run, segment, run.recipe.patches, "patches") or SegmentRows(
        _described(run, segment, describe_patches(run.plan.preset), schemas.PATCHES), 0
    )
    draft.save("patches", work.rows)
    labels = count_descriptors(run.saved(draft, "patches"))
    # As metrics the stage has those of ORB: patches are counted for the fit of their words.
    return StageResult.made(draft.commit(Metrics({}, labels)))


def _statistics(run: StageRun, segment: Segment) -> StageResult:
    draft = run.begin(run.recipe.statistics(segment.id))
    work = left_over(run, segment, run.recipe.statistics, "statistics") or SegmentRows(
        _described(run, segment, describe_statistics(run.plan.preset), schemas.STATISTICS), 0
    )
    draft.save("statistics", work.rows)
    return StageResult.made(draft.commit(Metrics({})))


def _described(run: StageRun, segment: Segment, describe: Describe, schema: pa.Schema) -> DataFrame:
    return map_batches(run.photographs(segment), describe, spark_schema(schema))


def describe_patches(preset: Preset) -> Describe:
    """Photographs (content) -> colour patches, batch by batch."""

    def run(batches: Batches) -> Batches:
        for batch in batches:
            found = [
                patches(look(content.as_py(), preset), preset)
                for content in batch.column("content")
            ]
            counts = pa.array([len(of) for of in found], pa.int32())
            packed = pa.array([of.tobytes() for of in found], pa.binary())
            yield about(batch, keypoints=counts, descriptors=packed)

    return run


def describe_statistics(preset: Preset) -> Describe:
    """Photographs (content) -> statistics, batch by batch."""

    def run(batches: Batches) -> Batches:
        for batch in batches:
            rows = [
                numbers(look(content.as_py(), preset), preset)
                for content in batch.column("content")
            ]
            matrix = np.array(rows, np.int32).reshape(len(rows), statistics.WIDTH)
            yield about(batch, numbers=to_lists(matrix))

    return run
