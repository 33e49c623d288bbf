"""build_vocabulary: k visual words, fitted once, with a report on how fit they are."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from verger.config.settings import VocabularySettings
from verger.contract import BUILD_VOCABULARY
from verger.gates import vocabulary as health
from verger.gates.vocabulary import Health
from verger.kernels.bits import DESCRIPTOR_BYTES
from verger.lake.checkpoint import Checkpoint, Metrics
from verger.planning.recipe import VOCABULARY
from verger.spark.examination import examine
from verger.spark.frames import spark_schema
from verger.spark.mllib import fit_kmeans
from verger.spark.session import MEGABYTE
from verger.spark.workers import map_batches
from verger.stages.result import StageResult
from verger.stages.stage_run import StageRun
from verger.tables import schemas
from verger.tables.columns import Batches
from verger.vocabulary import words as vocabulary
from verger.vocabulary.sampling import chosen, thresholds
from verger.vocabulary.words import Vocabulary

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

log = logging.getLogger("verger")


@dataclass(frozen=True)
class Described:
    """What extraction left for one label."""

    photographs: int
    bare: int  # photographs without descriptors
    descriptors: int


def build_vocabulary(run: StageRun) -> StageResult:
    """k-majority in Hamming space, or MLlib's KMeans on bytes as floats; or the published words.

    Neither the limits nor where the fit runs determine what it gives. Raises VergerError if too few
    descriptors differ, or if the vocabulary is not fit for the stages that follow.
    """
    if run.plan.model:
        result = StageResult.found(run.need(VOCABULARY, run.recipe.vocabulary))
    else:
        result = run.find(run.recipe.fitted_vocabulary) or _fit_words(run)
    # Asked of vocabularies that were there, too: limits may have changed.
    (words,) = result.checkpoints
    health.approve(words, run.plan.preset.limits)
    return result


def _fit_words(run: StageRun) -> StageResult:
    """The checkpoint `vocabulary`: the words, and the report on them."""
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


def described_labels(extracted: Sequence[Checkpoint]) -> dict[str, Described]:
    """Photographs and descriptors of every label, over all segments."""
    labels: dict[str, Described] = {}
    for checkpoint in extracted:
        for label, of in checkpoint.manifest.labels.items():
            so_far = labels.get(label, Described(0, 0, 0))
            labels[label] = Described(
                so_far.photographs + of["images"],
                so_far.bare + of["bare"],
                so_far.descriptors + of["descriptors"],
            )
    return dict(sorted(labels.items()))


def sample_size(labels: Mapping[str, Described], settings: VocabularySettings) -> int:
    """How many descriptors are drawn, but for the chance of their hashes."""
    available = sum(of.descriptors for of in labels.values())
    if settings.sample_per_word is None:
        return available
    return min(available, settings.sample_per_word * settings.k)


def draw_sample(
    described: DataFrame, labels: Mapping[str, Described], settings: VocabularySettings
) -> DataFrame:
    """The training sample: each photograph's share of it (m x 32 bytes)."""
    cap = sample_size(labels, settings)
    limits = thresholds({label: of.descriptors for label, of in labels.items()}, cap)
    rows = described.select("photo", "label", "descriptors")
    return map_batches(rows, _choose(limits, settings.seed), spark_schema(schemas.SAMPLE))


def _choose(limits: Mapping[str, int], seed: int) -> Callable[[Batches], Batches]:
    def run(batches: Batches) -> Batches:
        for batch in batches:
            kept = [_kept(row, limits, seed) for row in batch.to_pylist()]
            columns = [batch.column("photo"), batch.column("label"), pa.array(kept, pa.binary())]
            yield pa.RecordBatch.from_arrays(columns, schema=schemas.SAMPLE)

    return run


def _kept(row: Mapping[str, Any], limits: Mapping[str, int], seed: int) -> bytes:
    descriptors = np.frombuffer(row["descriptors"], np.uint8).reshape(-1, DESCRIPTOR_BYTES)
    indices = chosen(row["photo"], len(descriptors), limits[row["label"]], seed)
    return descriptors[indices].tobytes()
