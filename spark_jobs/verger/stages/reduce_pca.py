"""reduce_pca: principal components of the histograms, and everything projected on them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from verger.catalogue.collection import Segment
from verger.config.settings import Weighting
from verger.contract import FEATURES_CSV, REDUCE_PCA
from verger.errors import VergerError
from verger.features import pca
from verger.features.pca import Matrix, Moments, PcaModel
from verger.features.weighting import Occurrences, Rows, WordWeights, weigh, word_weights
from verger.lake.checkpoint import Checkpoint, Draft, Metrics, read_each
from verger.planning.recipe import BOVW, PCA
from verger.spark import label_sums
from verger.spark.frames import spark_schema
from verger.spark.mllib import fit_pca
from verger.spark.sums import Vector, sum_by_key
from verger.spark.workers import map_batches
from verger.stages.job import Job
from verger.stages.pivot_histograms import OCCURRENCES
from verger.tables import schemas
from verger.tables.columns import Batches, about, from_lists, to_lists

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

log = logging.getLogger("verger")

# So many partial Gram matrices reach the driver, however many partitions there are.
GRAM_GROUPS = 8
SUMS = "sums"


def reduce_pca(job: Job) -> None:
    """The components (fitted, or the published ones), `projections` of every segment's photographs,
    `features` of the collection's labels and the csv.

    Raises VergerError if there are too few rows to fit anything.
    """
    bovw = job.need(BOVW, job.recipe.bovw.fingerprint)
    if job.plan.model:
        fitted = job.use(PCA, job.recipe.pca)
    else:
        fitted = job.make(job.recipe.fitted_pca, partial(_fit, job, bovw))
    model, weights = _read_model(fitted)
    # The published model's own settings: those of this run fit nothing then.
    weighing = FittedWeighting(Weighting(**fitted.manifest.parameters["weighting"]), weights)

    def counted(segment: Segment) -> DataFrame:
        address = job.recipe.histograms(segment.id)
        return job.rows([job.need(*address.id)], "histograms")

    def project_segment(segment: Segment) -> DataFrame:
        projected = spark_schema(schemas.PROJECTIONS)
        return map_batches(counted(segment), project(model, weighing), projected)

    def sum_segment(segment: Segment, draft: Draft) -> Metrics:
        """Write `sums`: the weighted rows of each label of the segment."""
        sums = label_sums.sum_by_label(counted(segment), ("counts",), weighing.rows)
        draft.write(SUMS, label_sums.to_table(sums))
        return Metrics({"projected": sum(part.n for part in sums.values())})

    made = job.make_segments(job.recipe.projections, "projections", project_segment, sum_segment)
    by_label = fitted.manifest.parameters["basis"] == "labels"
    job.make(job.recipe.features, partial(_write_features, made, model, by_label))


@dataclass(frozen=True)
class FittedWeighting:
    """Histograms -> weighted integer rows, with the weights (k) that were fitted."""

    weighting: Weighting
    weights: WordWeights

    def rows(self, batch: pa.RecordBatch) -> Rows:
        """The rows (n x k) of a batch of histograms."""
        counts = from_lists(batch.column("counts"), len(self.weights))
        return weigh(counts, self.weighting, self.weights)


def _fit(job: Job, bovw: Checkpoint, draft: Draft) -> Metrics:
    """Write `components` and `mean`, fitted on photographs, or on labels as the notebook did."""
    settings = job.plan.preset.pca
    pivot = _matrix(bovw.read("bovw"))
    k = pivot.shape[1]
    if settings.basis == "labels":
        weights = np.ones(k, np.int64)
        model = fit_pca(job.spark, pivot, _components(settings.k, len(pivot), k, "labels"))
    else:
        counted = job.need_segments(job.recipe.histograms)
        weights = word_weights(settings.weighting, _occurrences(counted))
        histograms = job.rows(counted, "histograms")
        moments = moments_of(histograms, FittedWeighting(settings.weighting, weights))
        model = pca.fit(moments, _components(settings.k, moments.n, k, "photographs"))
    components = [range(len(model.loadings)), model.variances, model.ratios, list(model.loadings)]
    draft.write("components", pa.table(components, schema=schemas.COMPONENTS))
    draft.write("mean", pa.table([range(k), model.mean, weights], schema=schemas.MEAN))
    explained = round(float(model.ratios.sum()), 6)
    return Metrics({"pca_k": len(model.loadings), "explained_variance": explained})


def _occurrences(counted: Sequence[Checkpoint]) -> Occurrences:
    labels = label_sums.add_tables(read_each(counted, OCCURRENCES)).values()
    photographs = sum(part.total for part in labels)
    return Occurrences(sum(part.n for part in labels), np.asarray(photographs, np.int64))


def _components(asked: int, rows: int, k: int, what: str) -> int:
    supported = pca.supported(rows, k)
    if supported < 1:
        raise VergerError(f"PCA needs at least 2 {what}, there are {rows}; bring more")
    if supported < asked:
        log.warning(
            "%s: %d %s with %d words support %d components, not %d: %d are computed",
            REDUCE_PCA,
            rows,
            what,
            k,
            supported,
            asked,
            supported,
        )
    return min(supported, asked)


def _read_model(fitted: Checkpoint) -> tuple[PcaModel, WordWeights]:
    components = fitted.read("components").sort_by("component")
    mean = fitted.read("mean").sort_by("word")
    model = PcaModel(
        np.array(components.column("loadings").to_pylist(), np.float64),
        mean.column("mean").to_numpy(),
        components.column("explained_variance").to_numpy(),
        components.column("explained_variance_ratio").to_numpy(),
    )
    return model, mean.column("weight").to_numpy()


def moments_of(histograms: DataFrame, weighing: FittedWeighting) -> Moments:
    """Count, sum (k) and Gram matrix (k x k) of all rows, summed on the executors."""
    k = len(weighing.weights)

    def per_group(batch: pa.RecordBatch) -> dict[str, tuple[int, Vector]]:
        from pyspark import TaskContext

        context = TaskContext.get()
        group = context.partitionId() % GRAM_GROUPS if context else 0
        part = Moments.of(weighing.rows(batch))
        return {str(group): (part.n, np.concatenate([part.total, part.gram.reshape(-1)]))}

    sums = sum_by_key(histograms.select("counts"), per_group).values()
    total = sum((part.total for part in sums), np.zeros(k + k * k))
    return Moments(sum(part.n for part in sums), total[:k], total[k:].reshape(k, k))


def project(model: PcaModel, weighing: FittedWeighting) -> Callable[[Batches], Batches]:
    """Histograms -> features, batch by batch."""

    def run(batches: Batches) -> Batches:
        for batch in batches:
            yield about(batch, features=to_lists(model.project(weighing.rows(batch))))

    return run


def _matrix(bovw: pa.Table) -> Matrix:
    words = bovw.drop_columns(["label"])
    return np.column_stack([column.to_numpy() for column in words.columns]).astype(np.float64)


def _write_features(
    projected: Sequence[Checkpoint], model: PcaModel, by_label: bool, draft: Draft
) -> Metrics:
    """A label's features: the mean of its photographs', or those of its pivot as the notebook's."""
    sums = label_sums.add_tables(read_each(projected, SUMS))
    rows = [part.total if by_label else part.total / part.n for part in sums.values()]
    # Label by label: a matrix product may round a row otherwise when there are more rows.
    per_label = np.vstack([model.project(row[None]) for row in rows])
    columns = schemas.features(per_label.shape[1])
    features = pa.table([list(sums), *per_label.T], schema=columns)
    draft.write("features", features)
    draft.write_file(FEATURES_CSV, features.to_pandas().to_csv(index=False).encode())
    return Metrics({})
