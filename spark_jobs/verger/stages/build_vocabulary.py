"""build_vocabulary: k visual words, fitted once."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from verger import schemas, vocabulary
from verger.checkpoint import Checkpoint, Draft
from verger.columns import Batches
from verger.contract import BUILD_VOCABULARY, EXTRACT_DESCRIPTORS
from verger.mllib import fit_kmeans
from verger.orb import DESCRIPTOR_BYTES, Descriptors
from verger.sampling import chosen, thresholds
from verger.session import size_batches
from verger.settings import VocabularySettings
from verger.stage import Inputs, Metrics

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

log = logging.getLogger("verger")


@dataclass(frozen=True)
class BuildVocabulary:
    """k-majority in Hamming space, or MLlib's KMeans on bytes as floats."""

    settings: VocabularySettings

    name = BUILD_VOCABULARY
    version = 1
    needs = (EXTRACT_DESCRIPTORS,)

    def parameters(self) -> Mapping[str, Any]:
        """The settings of the fit."""
        return asdict(self.settings)

    def compute(self, spark: SparkSession, inputs: Inputs, draft: Draft) -> Metrics:
        """Write `vocabulary`. Raises VergerError if there are too few distinct descriptors."""
        extracted = inputs[EXTRACT_DESCRIPTORS]
        size_batches(spark, _row_bytes(extracted))
        descriptors = spark.read.parquet(extracted.address("descriptors"))
        if self.settings.geometry == "euclidean":
            words = fit_kmeans(descriptors, self.settings)
            draft.write("vocabulary", words.to_table())
            return {"k": words.k}
        return self._fit_hamming(descriptors, draft)

    def _fit_hamming(self, descriptors: DataFrame, draft: Draft) -> Metrics:
        # The compiled kernels load here: a reused vocabulary does without them.
        from verger import kmajority
        from verger.hamming import as_bits

        sample = as_bits(draw_sample(descriptors, self.settings))
        log.info("%s: fitting %d words to %d descriptors", self.name, self.settings.k, len(sample))
        fit = kmajority.fit(
            sample,
            self.settings.k,
            self.settings.seed,
            self.settings.max_iterations,
            threads=os.cpu_count() or 1,
        )
        draft.write("vocabulary", vocabulary.from_fit(fit.centres).to_table(fit.sizes))
        return {
            "k": len(fit.centres),
            "trained_on": len(sample),
            "iterations": len(fit.costs) - 1,
            "mean_distance_bits": round(fit.costs[-1] / len(sample), 4),
        }


def draw_sample(descriptors: DataFrame, settings: VocabularySettings) -> Descriptors:
    """The training sample, m x 32 bytes, in an order that no partitioning changes."""
    per_word = settings.sample_per_word
    limits = thresholds(available(descriptors), None if per_word is None else per_word * settings.k)
    drawn = (
        descriptors.select("photo", "label", "descriptors")
        .mapInArrow(_choose(limits, settings.seed), schemas.spark(schemas.SAMPLE))
        .toArrow()
        .sort_by("photo")
    )
    joined = b"".join(drawn.column("descriptors").to_pylist())
    return np.frombuffer(joined, np.uint8).reshape(-1, DESCRIPTOR_BYTES)


def available(descriptors: DataFrame) -> dict[str, int]:
    """How many descriptors each label has."""
    from pyspark.sql import functions as fn

    size = fn.sum(fn.octet_length("descriptors")).alias("size")
    rows = descriptors.groupBy("label").agg(size).collect()
    return {row["label"]: row["size"] // DESCRIPTOR_BYTES for row in rows}


def _choose(limits: Mapping[str, int], seed: int) -> Callable[[Batches], Batches]:
    def run(batches: Batches) -> Batches:
        for batch in batches:
            kept = [_kept(row, limits, seed) for row in batch.to_pylist()]
            columns = [batch.column("photo"), pa.array(kept, pa.binary())]
            yield pa.RecordBatch.from_arrays(columns, schema=schemas.SAMPLE)

    return run


def _kept(row: Mapping[str, Any], limits: Mapping[str, int], seed: int) -> bytes:
    descriptors = np.frombuffer(row["descriptors"], np.uint8).reshape(-1, DESCRIPTOR_BYTES)
    indices = chosen(row["photo"], len(descriptors), limits[row["label"]], seed)
    return descriptors[indices].tobytes()


def _row_bytes(extracted: Checkpoint) -> int:
    return int(extracted.manifest.metrics["largest_descriptors_bytes"])
