"""Fisher vectors: patches are sampled, a mixture is fitted to them, photographs are told by it.

Patches are many (a tenth of a megabyte of a photograph), so a few of each photograph are kept, for
the fit; the others are found again where the vectors are made.
"""

from __future__ import annotations

import logging
from functools import partial

import numpy as np
import pyarrow as pa

from verger.catalogue.collection import Segment
from verger.config.blocks import FisherSettings
from verger.config.settings import Preset
from verger.features.fisher import Mixture
from verger.imaging.looking import fisher_patches, look
from verger.lake.bundle import mixture_file
from verger.lake.draft import Metrics
from verger.planning.recipe import FISHER_SAMPLES, FISHER_VECTORS, MIXTURE
from verger.spark.counts import count_descriptors
from verger.spark.frames import spark_schema
from verger.spark.workers import map_batches
from verger.stages.extract_blocks import Describe
from verger.stages.result import StageResult
from verger.stages.segment_rows import SegmentRows, left_over
from verger.stages.stage_run import StageRun
from verger.stages.training_sample import described_labels, draw_sample, sample_size, training_set
from verger.tables import schemas
from verger.tables.columns import Batches, about, to_lists
from verger.vocabulary.sampling import chosen

log = logging.getLogger("verger")


def sample_patches(run: StageRun, block: str) -> StageResult:
    """The checkpoint `fisher_samples` of every segment."""
    address = partial(run.recipe.fisher_samples, block)
    return StageResult.of(
        found or _sample(run, block, segment) for segment, found in run.find_segments(address)
    )


def fit_mixture(run: StageRun, block: str) -> StageResult:
    """The mixture of a block's patches; or the published one."""
    if run.plan.model:
        return StageResult.found(run.need(MIXTURE, run.recipe.mixture(block)))
    return run.find(run.recipe.fitted_mixture(block)) or _fit(run, block)


def tell_photographs(run: StageRun, block: str) -> StageResult:
    """The checkpoint `fisher_vectors` of every segment."""
    used = run.need(MIXTURE, run.recipe.mixture(block))
    mixture = Mixture.from_bytes(used.read_file(mixture_file(block)))
    address = partial(run.recipe.fisher_vectors, block)
    return StageResult.of(
        found or _tell(run, block, segment, mixture)
        for segment, found in run.find_segments(address)
    )


def _sample(run: StageRun, block: str, segment: Segment) -> StageResult:
    address = partial(run.recipe.fisher_samples, block)
    draft = run.begin(address(segment.id))
    work = left_over(run, segment, address, FISHER_SAMPLES)
    if work is None:
        keep = keep_some(run.plan.preset, run.plan.preset.fisher[block])
        schema = spark_schema(schemas.FISHER_SAMPLES)
        work = SegmentRows(map_batches(run.photographs(segment), keep, schema), 0)
    draft.save(FISHER_SAMPLES, work.rows)
    labels = count_descriptors(run.saved(draft, FISHER_SAMPLES))
    return StageResult.made(draft.commit(Metrics({}, labels)))


def _fit(run: StageRun, block: str) -> StageResult:
    draft = run.begin(run.recipe.fitted_mixture(block))
    words = run.plan.preset.mixture_words(block)
    sampled = run.need_segments(partial(run.recipe.fisher_samples, block))
    labels = described_labels(sampled)
    patches = sample_size(labels, words)
    log.info("%s: fitting %s, %d components, to %d patches", run.stage, block, words.k, patches)
    training = draw_sample(run.rows(sampled, FISHER_SAMPLES), labels, words)
    width = run.plan.preset.fisher[block].patches.width
    with training_set(training, patches, run.driver_megabytes) as held:
        mixture = Mixture.fit(held, width, words)
    draft.write_file(mixture_file(block), mixture.to_bytes())
    return StageResult.made(draft.commit(Metrics({})))


def _tell(run: StageRun, block: str, segment: Segment, mixture: Mixture) -> StageResult:
    address = partial(run.recipe.fisher_vectors, block)
    draft = run.begin(address(segment.id))
    work = left_over(run, segment, address, FISHER_VECTORS)
    if work is None:
        tell = as_vectors(run.plan.preset, run.plan.preset.fisher[block], mixture)
        schema = spark_schema(schemas.FISHER_VECTORS)
        work = SegmentRows(map_batches(run.photographs(segment), tell, schema), 0)
    draft.save(FISHER_VECTORS, work.rows)
    return StageResult.made(draft.commit(Metrics({})))


def keep_some(preset: Preset, settings: FisherSettings) -> Describe:
    """Photographs (content) -> some of their patches, batch by batch."""

    def run(batches: Batches) -> Batches:
        for batch in batches:
            kept = []
            for photo, content in zip(batch["photo"], batch["content"], strict=True):
                found = fisher_patches(look(content.as_py(), preset), settings)
                share = int(min(1.0, settings.kept / max(len(found), 1)) * (1 << 64))
                kept.append(found[chosen(photo.as_py(), len(found), share, preset.words.seed)])
            counts = pa.array([len(of) for of in kept], pa.int32())
            packed = pa.array([of.tobytes() for of in kept], pa.binary())
            yield about(batch, keypoints=counts, descriptors=packed)

    return run


def as_vectors(preset: Preset, settings: FisherSettings, mixture: Mixture) -> Describe:
    """Photographs (content) -> their Fisher vectors, batch by batch."""

    def run(batches: Batches) -> Batches:
        for batch in batches:
            rows = [
                mixture.row(fisher_patches(look(content.as_py(), preset), settings))
                for content in batch.column("content")
            ]
            matrix = np.array(rows, np.int32).reshape(len(rows), mixture.width)
            yield about(batch, numbers=to_lists(matrix))

    return run
