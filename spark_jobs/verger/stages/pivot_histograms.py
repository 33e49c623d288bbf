"""pivot_histograms: words counted per photograph, and the pivot per label derived from that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from verger import schemas, vocabulary
from verger.checkpoint import Draft
from verger.columns import Batches, about, from_lists, to_lists
from verger.contract import BUILD_VOCABULARY, EXTRACT_DESCRIPTORS, PIVOT_HISTOGRAMS
from verger.histogram import histograms
from verger.session import size_batches
from verger.stage import Inputs, Metrics
from verger.sums import Sum, Vector, sum_by_key
from verger.vocabulary import Vocabulary

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


@dataclass(frozen=True)
class PivotHistograms:
    """Nothing to choose here: descriptors and vocabulary determine everything."""

    name = PIVOT_HISTOGRAMS
    version = 1
    needs = (EXTRACT_DESCRIPTORS, BUILD_VOCABULARY)

    def parameters(self) -> Mapping[str, Any]:
        """None."""
        return {}

    def compute(self, spark: SparkSession, inputs: Inputs, draft: Draft) -> Metrics:
        """Write `histograms`, `bovw` (the pivot) and `labels`."""
        words = vocabulary.from_table(inputs[BUILD_VOCABULARY].read("vocabulary"))
        extracted = inputs[EXTRACT_DESCRIPTORS]
        row_bytes = int(extracted.manifest.metrics["largest_descriptors_bytes"]) + 4 * words.k
        size_batches(spark, row_bytes)
        descriptors = spark.read.parquet(extracted.address("descriptors")).drop("keypoints")
        counts = descriptors.mapInArrow(count_words(words), schemas.spark(schemas.HISTOGRAMS))
        sums = sum_by_label(spark.read.parquet(draft.save("histograms", counts)), words.k)
        draft.write("bovw", _pivot(sums, words.k))
        draft.write("labels", _labels(sums))
        occurring = sum(sum_.total for sum_ in sums.values()) > 0
        return {"words_that_occur": int(np.count_nonzero(occurring))}


def count_words(words: Vocabulary) -> Callable[[Batches], Batches]:
    """Descriptors -> histograms, batch by batch; descriptors never become rows."""

    def run(batches: Batches) -> Batches:
        for batch in batches:
            counts = histograms(batch.column("descriptors"), words)
            yield about(batch, counts=to_lists(counts))

    return run


def sum_by_label(rows: DataFrame, k: int) -> dict[str, Sum]:
    """Number of photographs and summed histogram (k) of every label, sorted by label."""

    def per_label(batch: pa.RecordBatch) -> dict[str, tuple[int, Vector]]:
        counts = from_lists(batch.column("counts"), k)
        labels = np.array(batch.column("label").to_pylist(), object)
        return {
            label: (int(np.sum(labels == label)), counts[labels == label].sum(axis=0, dtype=float))
            for label in sorted(set(labels))
        }

    sums = sum_by_key(rows.select("label", "counts"), per_label)
    return {label: sums[label] for label in sorted(sums)}


def _pivot(sums: Mapping[str, Sum], k: int) -> pa.Table:
    counts = np.array([sum_.total for sum_ in sums.values()], np.int64)
    return pa.table([list(sums), *counts.T], schema=schemas.bovw(k))


def _labels(sums: Mapping[str, Sum]) -> pa.Table:
    return pa.table([list(sums), [sum_.n for sum_ in sums.values()]], schema=schemas.LABELS)
