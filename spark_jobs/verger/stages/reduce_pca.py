"""reduce_pca: principal components of the histograms, and everything projected on them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from verger import pca, schemas
from verger.checkpoint import Checkpoint, Draft
from verger.columns import Batches, about, from_lists, to_lists
from verger.contract import FEATURES_CSV, PIVOT_HISTOGRAMS, REDUCE_PCA
from verger.errors import VergerError
from verger.mllib import fit_pca
from verger.pca import Matrix, Moments, PcaModel
from verger.session import size_batches
from verger.settings import PcaSettings
from verger.stage import Inputs, Metrics
from verger.sums import Vector, sum_by_key

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

log = logging.getLogger("verger")

# So many partial Gram matrices reach the driver, however many partitions there are.
GRAM_GROUPS = 8


@dataclass(frozen=True)
class ReducePca:
    """Fitted on photographs, or on the label pivot as the notebook did."""

    settings: PcaSettings

    name = REDUCE_PCA
    version = 1
    needs = (PIVOT_HISTOGRAMS,)

    def parameters(self) -> Mapping[str, Any]:
        """Components asked for, and the basis of the fit."""
        return asdict(self.settings)

    def compute(self, spark: SparkSession, inputs: Inputs, draft: Draft) -> Metrics:
        """Write the model (`components`, `mean`), `projections`, `features` and the csv.

        Raises VergerError if there are too few rows to fit anything.
        """
        counted = inputs[PIVOT_HISTOGRAMS]
        pivot = _matrix(counted.read("bovw"))
        size_batches(spark, 8 * pivot.shape[1])
        histograms = spark.read.parquet(counted.address("histograms"))
        if self.settings.basis == "labels":
            model = fit_pca(spark, pivot, self._components(len(pivot), pivot.shape[1], "labels"))
            per_label = model.project(pivot)
        else:
            moments = moments_of(histograms, pivot.shape[1])
            model = pca.fit(moments, self._components(moments.n, pivot.shape[1], "photographs"))
            per_label = model.project(pivot / _photographs(counted)[:, None])
        projections = histograms.mapInArrow(project(model), schemas.spark(schemas.PROJECTIONS))
        draft.save("projections", projections)
        _write_model(draft, model)
        features = _features(counted, per_label)
        draft.write("features", features)
        draft.write_file(FEATURES_CSV, _csv(features))
        return {
            "pca_k": len(model.loadings),
            "explained_variance": round(float(model.ratios.sum()), 6),
        }

    def _components(self, rows: int, k: int, what: str) -> int:
        supported = pca.supported(rows, k)
        if supported < 1:
            raise VergerError(f"PCA needs at least 2 {what}, there are {rows}; bring more")
        if supported < self.settings.k:
            log.warning(
                "%s: %d %s with %d words support %d components, not %d: %d are computed",
                self.name,
                rows,
                what,
                k,
                supported,
                self.settings.k,
                supported,
            )
        return min(supported, self.settings.k)


def moments_of(histograms: DataFrame, k: int) -> Moments:
    """Count, sum (k) and Gram matrix (k x k) of all histograms, summed on the executors."""

    def per_group(batch: pa.RecordBatch) -> dict[str, tuple[int, Vector]]:
        from pyspark import TaskContext

        context = TaskContext.get()
        group = context.partitionId() % GRAM_GROUPS if context else 0
        part = Moments.of(from_lists(batch.column("counts"), k))
        return {str(group): (part.n, np.concatenate([part.total, part.gram.reshape(-1)]))}

    sums = sum_by_key(histograms.select("counts"), per_group).values()
    total = sum((part.total for part in sums), np.zeros(k + k * k))
    return Moments(sum(part.n for part in sums), total[:k], total[k:].reshape(k, k))


def project(model: PcaModel) -> Callable[[Batches], Batches]:
    """Histograms -> features, batch by batch."""

    def run(batches: Batches) -> Batches:
        for batch in batches:
            counts = from_lists(batch.column("counts"), len(model.mean))
            yield about(batch, features=to_lists(model.project(counts)))

    return run


def _matrix(bovw: pa.Table) -> Matrix:
    words = bovw.drop_columns(["label"])
    return np.column_stack([column.to_numpy() for column in words.columns]).astype(np.float64)


def _photographs(counted: Checkpoint) -> Matrix:
    return np.asarray(counted.read("labels").column("photographs").to_numpy(), np.float64)


def _write_model(draft: Draft, model: PcaModel) -> None:
    components = [range(len(model.loadings)), model.variances, model.ratios, list(model.loadings)]
    draft.write("components", pa.table(components, schema=schemas.COMPONENTS))
    draft.write("mean", pa.table([range(len(model.mean)), model.mean], schema=schemas.MEAN))


def _features(counted: Checkpoint, per_label: Matrix) -> pa.Table:
    labels = counted.read("bovw").column("label")
    return pa.table([labels, *per_label.T], schema=schemas.features(per_label.shape[1]))


def _csv(features: pa.Table) -> bytes:
    return bytes(features.to_pandas().to_csv(index=False).encode())
