"""How a vocabulary is examined: its training descriptors are assigned once more and counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from verger.gates.vocabulary import GIANT_TIMES, Health, LabelHealth
from verger.kernels.bits import DESCRIPTOR_BYTES
from verger.spark.sums import Sum, Vector, sum_by_key
from verger.vocabulary.words import Vocabulary

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def examine(
    vocabulary: Vocabulary,
    training: DataFrame,
    photographs: Mapping[str, tuple[int, int]],
    algorithm: str,
    asked_k: int,
    costs: Sequence[Sequence[int]],
) -> Health:
    """Assign the training descriptors (columns label, descriptors) once more and report.

    ``photographs`` has, for each label, the number of photographs and of those without descriptors.
    """
    sums = sum_by_key(training.select("label", "descriptors"), lambda b: _by_label(b, vocabulary))
    sizes = _sizes(sums, vocabulary.k)
    trained_on = int(sizes.sum())
    distance = sum(int(part.total[0]) for part in sums.values())
    return Health(
        algorithm=algorithm,
        asked_k=asked_k,
        k=vocabulary.k,
        trained_on=trained_on,
        mean_distance=_mean(distance, trained_on) or 0.0,
        dead_words=int(np.count_nonzero(sizes == 0)),
        giant_words=int(np.count_nonzero(sizes * vocabulary.k > GIANT_TIMES * trained_on)),
        duplicate_words=vocabulary.k - vocabulary.distinct,
        largest_word=int(sizes.max()),
        costs=costs,
        labels={
            label: _label_health(*counted, sums.get(label))
            for label, counted in sorted(photographs.items())
        },
    )


def _by_label(batch: pa.RecordBatch, vocabulary: Vocabulary) -> dict[str, tuple[int, Vector]]:
    """Per label: rows, and a vector of the distances' sum and the k sizes."""
    rows: dict[str, list[bytes]] = {}
    for row in batch.to_pylist():
        rows.setdefault(row["label"], []).append(row["descriptors"])
    sums: dict[str, tuple[int, Vector]] = {}
    for label, packed in rows.items():
        joined = np.frombuffer(b"".join(packed), np.uint8).reshape(-1, DESCRIPTOR_BYTES)
        words, distances = vocabulary.quantise(joined)
        sizes = np.bincount(words, minlength=vocabulary.k)
        sums[label] = (len(packed), np.array([distances.sum(), *sizes], np.float64))
    return sums


def _sizes(sums: Mapping[str, Sum], k: int) -> npt.NDArray[np.int64]:
    total = sum((part.total[1:] for part in sums.values()), np.zeros(k))
    return np.asarray(total, np.int64)


def _label_health(photographs: int, bare: int, found: Sum | None) -> LabelHealth:
    if found is None:
        return LabelHealth(photographs, bare, 0, None)
    n = int(found.total[1:].sum())
    return LabelHealth(photographs, bare, n, _mean(int(found.total[0]), n))


def _mean(total: int, n: int) -> float | None:
    return round(total / n, 3) if n else None
