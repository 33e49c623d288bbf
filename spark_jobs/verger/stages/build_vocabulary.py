"""build_vocabulary: k visual words, fitted once, with a report on how fit they are."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from verger.config.heads import COLOUR
from verger.config.settings import VocabularySettings
from verger.contract import BUILD_VOCABULARY
from verger.gates import vocabulary as health
from verger.gates.vocabulary import Health
from verger.kernels.bits import DESCRIPTOR_BYTES
from verger.lake.draft import Metrics
from verger.planning.recipe import VOCABULARY
from verger.spark.examination import examine
from verger.spark.mllib import fit_kmeans
from verger.spark.session import MEGABYTE
from verger.stages.colour_words import build_colour_vocabulary
from verger.stages.exemplars import find_exemplars
from verger.stages.fisher_vectors import fit_mixture
from verger.stages.result import StageResult
from verger.stages.stage_run import StageRun
from verger.stages.training_sample import described_labels, draw_sample, sample_size
from verger.vocabulary import words as vocabulary
from verger.vocabulary.words import Vocabulary

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

log = logging.getLogger("verger")


def build_vocabulary(run: StageRun) -> StageResult:
    """k-majority in Hamming space, or MLlib's KMeans on bytes as floats; or the published words.

    Neither the limits nor where the fit runs determine what it gives. Raises VergerError if too few
    descriptors differ, or if the vocabulary is not fit for the stages that follow.
    """
    if run.plan.model:
        result = StageResult.found(run.need(VOCABULARY, run.recipe.vocabulary))
    else:
        result = run.find(run.recipe.fitted_vocabulary) or _fit_words(run)
    (words,) = result.checkpoints
    if COLOUR in run.recipe.blocks:
        result += build_colour_vocabulary(run)
    for block in run.recipe.fisher_blocks:
        result += fit_mixture(run, block)
    # Asked of vocabularies that were there, too: limits may have changed.
    health.approve(words, run.plan.preset.limits)
    return result


def _fit_words(run: StageRun) -> StageResult:
    """The checkpoint `vocabulary`: the words, the report on them, and what they look like."""
    from pyspark import StorageLevel

    draft = run.begin(run.recipe.fitted_vocabulary)
    settings = run.plan.preset.words
    extracted = run.need_segments(run.recipe.descriptors)
    labels = described_labels(extracted)
    training = draw_sample(run.rows(extracted, "descriptors"), labels, settings)
    training.persist(StorageLevel.MEMORY_AND_DISK)
    try:
        fitted = _fit(training, sample_size(labels, settings), run.driver_megabytes, settings)
        report = examine(
            fitted.words,
            training,
            {label: (of.photographs, of.bare) for label, of in labels.items()},
            settings.algorithm,
            settings.k,
            fitted.costs,
        )
    finally:
        training.unpersist()
    draft.write("vocabulary", fitted.table)
    draft.write_file(health.REPORT, report.to_json())
    images = run.need_segments(run.recipe.images)
    photographs = {label: of.photographs for label, of in labels.items()}
    draft.write(health.EXEMPLARS, find_exemplars(run, images, photographs, fitted.words))
    return StageResult.made(draft.commit(_metrics(report)))


def _metrics(report: Health) -> Metrics:
    return Metrics(
        {
            "k": report.k,
            "trained_on": report.trained_on,
            "mean_distance_bits": report.mean_distance,
            "dead_words": report.dead_words,
            "giant_words": report.giant_words,
            "duplicate_words": report.duplicate_words,
        }
    )


@dataclass(frozen=True)
class Fitted:
    """A vocabulary, the table that keeps it, and the cost of each iteration of each restart."""

    words: Vocabulary
    table: pa.Table
    costs: tuple[tuple[int, ...], ...]


def _fit(
    training: DataFrame, descriptors: int, driver_megabytes: int, settings: VocabularySettings
) -> Fitted:
    if settings.algorithm == "mllib":
        floats = fit_kmeans(training, settings)
        return Fitted(floats, floats.to_table(), ())
    # The compiled kernels load here: a reused vocabulary does without them.
    from verger.spark.distributed import Distributed
    from verger.vocabulary import kmajority
    from verger.vocabulary.training import InMemory, unpack

    log.info("%s: fitting %d words to %d descriptors", BUILD_VOCABULARY, settings.k, descriptors)
    if descriptors * DESCRIPTOR_BYTES <= driver_megabytes * MEGABYTE:
        packed = training.select("descriptors").toArrow().column("descriptors")
        fit = kmajority.fit(InMemory(unpack(packed.to_pylist())), settings)
    else:
        spread = Distributed(training)
        try:
            fit = kmajority.fit(spread, settings)
        finally:
            spread.release()
    words = vocabulary.from_fit(fit.best.centres)
    return Fitted(words, words.to_table(fit.best.sizes), fit.costs)
