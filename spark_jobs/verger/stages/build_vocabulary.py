"""build_vocabulary: k visual words, fitted once, with a report on how fit they are."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from verger import health, schemas, vocabulary
from verger.checkpoint import Checkpoint, Draft
from verger.columns import Batches
from verger.contract import BUILD_VOCABULARY, EXTRACT_DESCRIPTORS
from verger.mllib import fit_kmeans
from verger.orb import DESCRIPTOR_BYTES
from verger.sampling import chosen, thresholds
from verger.session import MEGABYTE, size_batches
from verger.settings import HealthLimits, VocabularySettings
from verger.stage import Inputs, Metrics
from verger.vocabulary import Vocabulary

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

log = logging.getLogger("verger")
REPORT = "health.json"
# A training sample up to this size is fitted in the driver: no job, no shuffle, same result.
DRIVER_MEGABYTES = 128


@dataclass(frozen=True)
class Described:
    """What extraction left for one label."""

    photographs: int
    bare: int  # photographs without descriptors
    descriptors: int


@dataclass(frozen=True)
class BuildVocabulary:
    """k-majority in Hamming space, or MLlib's KMeans on bytes as floats.

    Neither the limits nor where the fit runs determine what it gives.
    """

    settings: VocabularySettings
    limits: HealthLimits
    driver_megabytes: int = DRIVER_MEGABYTES

    name = BUILD_VOCABULARY
    version = 2
    needs = (EXTRACT_DESCRIPTORS,)

    def parameters(self) -> Mapping[str, Any]:
        """The settings of the fit."""
        return asdict(self.settings)

    def compute(self, spark: SparkSession, inputs: Inputs, draft: Draft) -> Metrics:
        """Write `vocabulary` and the report. Raises VergerError if too few descriptors differ."""
        from pyspark import StorageLevel

        extracted = inputs[EXTRACT_DESCRIPTORS]
        size_batches(spark, _row_bytes(extracted))
        described = spark.read.parquet(extracted.address("descriptors"))
        labels = describe_labels(described)
        training = draw_sample(described, labels, self.settings)
        training.persist(StorageLevel.MEMORY_AND_DISK)
        try:
            words, costs = self._fit(training, draft)
            report = health.examine(
                words,
                training,
                {label: (of.photographs, of.bare) for label, of in labels.items()},
                self.settings.algorithm,
                self.settings.k,
                costs,
            )
        finally:
            training.unpersist()
        draft.write_file(REPORT, report.to_json())
        return {
            "k": report.k,
            "trained_on": report.trained_on,
            "mean_distance_bits": report.mean_distance,
            "dead_words": report.dead_words,
            "giant_words": report.giant_words,
            "duplicate_words": report.duplicate_words,
        }

    def approve(self, checkpoint: Checkpoint) -> None:
        """Raise VergerError if the vocabulary is not fit for the stages that follow."""
        report = health.Health.from_json(checkpoint.read_file(REPORT))
        health.check(report, self.limits, checkpoint.address(REPORT))

    def _fit(
        self, training: DataFrame, draft: Draft
    ) -> tuple[Vocabulary, tuple[tuple[int, ...], ...]]:
        if self.settings.algorithm == "mllib":
            floats = fit_kmeans(training, self.settings)
            draft.write("vocabulary", floats.to_table())
            return floats, ()
        # The compiled kernels load here: a reused vocabulary does without them.
        from verger import kmajority
        from verger.training import Distributed, InMemory, unpack

        size = _descriptors_bytes(training)
        log.info(
            "%s: fitting %d words to %d descriptors", self.name, self.settings.k,
            size // DESCRIPTOR_BYTES,
        )  # fmt: skip
        if size <= self.driver_megabytes * MEGABYTE:
            packed = training.select("descriptors").toArrow().column("descriptors")
            fit = kmajority.fit(InMemory(unpack(packed.to_pylist())), self.settings)
        else:
            spread = Distributed(training)
            try:
                fit = kmajority.fit(spread, self.settings)
            finally:
                spread.release()
        words = vocabulary.from_fit(fit.best.centres)
        draft.write("vocabulary", words.to_table(fit.best.sizes))
        return words, fit.costs


def describe_labels(described: DataFrame) -> dict[str, Described]:
    """Photographs and descriptors of every label."""
    from pyspark.sql import functions as fn

    rows = described.groupBy("label").agg(
        fn.count("*").alias("photographs"),
        fn.count_if(fn.col("keypoints") == 0).alias("bare"),
        fn.sum("keypoints").alias("descriptors"),
    )
    return {
        row["label"]: Described(row["photographs"], row["bare"], row["descriptors"])
        for row in rows.collect()
    }


def draw_sample(
    described: DataFrame, labels: Mapping[str, Described], settings: VocabularySettings
) -> DataFrame:
    """The training sample: each photograph's share of it (m x 32 bytes)."""
    cap = None if settings.sample_per_word is None else settings.sample_per_word * settings.k
    limits = thresholds({label: of.descriptors for label, of in labels.items()}, cap)
    return described.select("photo", "label", "descriptors").mapInArrow(
        _choose(limits, settings.seed), schemas.spark(schemas.SAMPLE)
    )


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


def _descriptors_bytes(training: DataFrame) -> int:
    from pyspark.sql import functions as fn

    row = training.agg(fn.sum(fn.octet_length("descriptors")).alias("size")).first()
    assert row is not None  # noqa: S101  an aggregate without groups has one row
    return int(row["size"])


def _row_bytes(extracted: Checkpoint) -> int:
    return int(extracted.manifest.metrics["largest_descriptors_bytes"])
