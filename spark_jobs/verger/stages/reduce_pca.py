"""reduce_pca: principal components of the histograms, and everything projected on them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from verger import pca, schemas
from verger.catalogue import Segment
from verger.checkpoint import Checkpoint, Draft, Numbers
from verger.columns import Batches, about, from_lists, to_lists
from verger.contract import FEATURES_CSV, REDUCE_PCA
from verger.errors import VergerError
from verger.mllib import fit_pca
from verger.pca import Matrix, Moments, PcaModel
from verger.recipe import BOVW, PCA
from verger.session import size_batches
from verger.stage import Job
from verger.sums import Vector, sum_by_key

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

log = logging.getLogger("verger")

# So many partial Gram matrices reach the driver, however many partitions there are.
GRAM_GROUPS = 8


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
    model = _read_model(fitted)

    def project_segment(segment: Segment) -> DataFrame:
        address = job.recipe.histograms(segment.id)
        counted = job.need(address.kind, address.fingerprint)
        size_batches(job.spark, 8 * len(model.mean))
        rows = job.rows([counted], "histograms")
        return rows.mapInArrow(project(model), schemas.spark(schemas.PROJECTIONS))

    job.make_segments(job.recipe.projections, "projections", project_segment, _count)
    job.make(job.recipe.features, partial(_write_features, job, bovw, model))


def _fit(job: Job, bovw: Checkpoint, draft: Draft) -> Numbers:
    """Write `components` and `mean`, fitted on photographs, or on labels as the notebook did."""
    settings = job.plan.preset.pca
    pivot = _matrix(bovw.read("bovw"))
    k = pivot.shape[1]
    if settings.basis == "labels":
        model = fit_pca(job.spark, pivot, _components(settings.k, len(pivot), k, "labels"))
    else:
        size_batches(job.spark, 8 * k)
        counted = job.need_segments(job.recipe.histograms)
        moments = moments_of(job.rows(counted, "histograms"), k)
        model = pca.fit(moments, _components(settings.k, moments.n, k, "photographs"))
    components = [range(len(model.loadings)), model.variances, model.ratios, list(model.loadings)]
    draft.write("components", pa.table(components, schema=schemas.COMPONENTS))
    draft.write("mean", pa.table([range(k), model.mean], schema=schemas.MEAN))
    explained = round(float(model.ratios.sum()), 6)
    return Numbers({"pca_k": len(model.loadings), "explained_variance": explained})


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


def _read_model(fitted: Checkpoint) -> PcaModel:
    components = fitted.read("components").sort_by("component")
    mean = fitted.read("mean").sort_by("word")
    return PcaModel(
        np.array(components.column("loadings").to_pylist(), np.float64),
        mean.column("mean").to_numpy(),
        components.column("explained_variance").to_numpy(),
        components.column("explained_variance_ratio").to_numpy(),
    )


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


def _write_features(job: Job, bovw: Checkpoint, model: PcaModel, draft: Draft) -> Numbers:
    """A label's features: the mean of its photographs', or those of its pivot as the notebook's."""
    pivot = _matrix(bovw.read("bovw"))
    if job.plan.preset.pca.basis == "photographs":
        pivot /= bovw.read("labels").column("photographs").to_numpy()[:, None]
    per_label = model.project(pivot)
    labels = bovw.read("bovw").column("label")
    columns = schemas.features(per_label.shape[1])
    features = pa.table([labels, *per_label.T], schema=columns)
    draft.write("features", features)
    draft.write_file(FEATURES_CSV, features.to_pandas().to_csv(index=False).encode())
    return Numbers({})


def _count(projections: DataFrame, draft: Draft) -> Numbers:  # noqa: ARG001
    return Numbers({"projected": projections.count()})
