"""Words of colour: fitted to patches as words are to descriptors, and counted in the same way."""

from __future__ import annotations

import logging

import pyarrow as pa

from verger.catalogue.collection import Segment
from verger.kernels.bits import as_bytes
from verger.lake.draft import Metrics
from verger.planning.recipe import COLOUR_VOCABULARY
from verger.spark.frames import spark_schema
from verger.spark.workers import map_batches
from verger.stages.result import StageResult
from verger.stages.segment_rows import SegmentRows, left_over
from verger.stages.stage_run import StageRun
from verger.stages.training_sample import described_labels, draw_sample, sample_size, training_set
from verger.tables import schemas
from verger.tables.columns import Batches, about, to_lists
from verger.vocabulary.encoding import histograms
from verger.vocabulary.words import ByteVocabulary, colours_from_table

log = logging.getLogger("verger")


def build_colour_vocabulary(run: StageRun) -> StageResult:
    """k words of colour, by k-means in integers; or the published ones."""
    if run.plan.model:
        return StageResult.found(run.need(COLOUR_VOCABULARY, run.recipe.colour_vocabulary))
    return run.find(run.recipe.fitted_colour_vocabulary) or _fit(run)


def _fit(run: StageRun) -> StageResult:
    """The checkpoint `colour_vocabulary`."""
    from verger.vocabulary import integer_kmeans

    draft = run.begin(run.recipe.fitted_colour_vocabulary)
    settings = run.plan.preset.colour_words
    extracted = run.need_segments(run.recipe.patches)
    labels = described_labels(extracted)
    patches = sample_size(labels, settings)
    log.info("%s: fitting %d words of colour to %d patches", run.stage, settings.k, patches)
    training = draw_sample(run.rows(extracted, "patches"), labels, settings)
    with training_set(training, patches, run.driver_megabytes) as held:
        fit = integer_kmeans.fit(held, settings)
    words = ByteVocabulary(as_bytes(fit.best.centres))
    draft.write("colour_vocabulary", words.to_table(fit.best.sizes))
    return StageResult.made(draft.commit(Metrics({"colour_words": words.k})))


def count_colours(run: StageRun) -> StageResult:
    """The checkpoint `colour_histograms` of every segment."""
    used = run.need(COLOUR_VOCABULARY, run.recipe.colour_vocabulary)
    words = colours_from_table(used.read("colour_vocabulary"))
    return StageResult.of(
        found or _count(run, segment, words)
        for segment, found in run.find_segments(run.recipe.colour_histograms)
    )


def _count(run: StageRun, segment: Segment, words: ByteVocabulary) -> StageResult:
    draft = run.begin(run.recipe.colour_histograms(segment.id))

    def count(batches: Batches) -> Batches:
        for batch in batches:
            counts, distances = histograms(batch.column("descriptors"), words)
            yield about(batch, counts=to_lists(counts), distance=pa.array(distances))

    extracted = run.need(*run.recipe.patches(segment.id).id)
    patches = run.rows([extracted], "patches").drop("keypoints")
    work = left_over(
        run, segment, run.recipe.colour_histograms, "colour_histograms"
    ) or SegmentRows(map_batches(patches, count, spark_schema(schemas.COLOUR_HISTOGRAMS)), 0)
    draft.save("colour_histograms", work.rows)
    return StageResult.made(draft.commit(Metrics({})))
