"""The descriptors that words are fitted to: a share of each label's, drawn by their hashes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from verger.config.settings import VocabularySettings
from verger.kernels.bits import DESCRIPTOR_BYTES
from verger.lake.checkpoint import Checkpoint
from verger.spark.frames import spark_schema
from verger.spark.session import MEGABYTE
from verger.spark.workers import map_batches
from verger.tables import schemas
from verger.tables.columns import Batches
from verger.vocabulary.sampling import chosen, thresholds

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from verger.vocabulary.training import TrainingSet


@dataclass(frozen=True)
class Described:
    """What extraction left for one label."""

    photographs: int
    bare: int  # photographs without descriptors
    descriptors: int


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


@contextmanager
def training_set(
    training: DataFrame, descriptors: int, driver_megabytes: int
) -> Iterator[TrainingSet]:
    """A training sample as kernels fit to it: in this process up to so many megabytes, else spread
    over the executors. What is fitted is the same.
    """
    from pyspark import StorageLevel

    from verger.spark.distributed import Distributed
    from verger.vocabulary.training import InMemory, unpack

    if descriptors * DESCRIPTOR_BYTES <= driver_megabytes * MEGABYTE:
        packed = training.select("descriptors").toArrow().column("descriptors")
        yield InMemory(unpack(packed.to_pylist()))
        return
    training.persist(StorageLevel.MEMORY_AND_DISK)
    spread = Distributed(training)
    try:
        yield spread
    finally:
        spread.release()
        training.unpersist()


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
