"""reduce_pca: principal components of the histograms, and everything projected on them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from verger.catalogue.collection import Segment
from verger.config.settings import PcaSettings, Weighting
from verger.contract import FEATURES_CSV, REDUCE_PCA
from verger.errors import VergerError
from verger.features import pca
from verger.features.pca import Matrix, PcaModel
from verger.features.weighting import FittedWeighting, Occurrences, WordWeights, word_weights
from verger.lake.checkpoint import Checkpoint, read_each
from verger.lake.draft import Metrics
from verger.planning.recipe import BOVW, PCA
from verger.spark import label_sums
from verger.spark.frames import spark_schema
from verger.spark.mllib import fit_pca
from verger.spark.moments import moments_of
from verger.spark.sums import Sum
from verger.spark.workers import map_batches
from verger.stages.pivot_histograms import OCCURRENCES
from verger.stages.result import StageResult
from verger.stages.segment_rows import SegmentRows, left_over
from verger.stages.stage_run import StageRun
from verger.tables import schemas
from verger.tables.columns import Batches, about, to_lists
from verger.tables.csv import as_csv, misread

log = logging.getLogger("verger")

SUMS = "sums"


def reduce_pca(run: StageRun) -> StageResult:
    """The components (fitted, or the published ones), `projections` of every segment's photographs,
    `features` of the collection's labels and the csv.

    Raises VergerError if there are too few rows to fit anything.
    """
    if run.plan.model:
        components = StageResult.found(run.need(PCA, run.recipe.pca))
    else:
        components = run.find(run.recipe.fitted_pca) or _fit(run)
    reduction = _read_reduction(*components.checkpoints)
    projected = StageResult.of(
        found or _project(run, segment, reduction)
        for segment, found in run.find_segments(run.recipe.projections)
    )
    features = run.find(run.recipe.features) or _features(run, projected.checkpoints, reduction)
    return components + projected + features


@dataclass(frozen=True)
class Reduction:
    """Fitted components and the weighting of the rows that they were fitted to.

    ``of_labels`` where those rows were labels, as the notebook's, not photographs.
    """

    model: PcaModel
    weighting: FittedWeighting
    of_labels: bool


def _fit(run: StageRun) -> StageResult:
    """The checkpoint `pca`: `components` and `mean`, fitted on photographs, or on labels as the
    notebook did.
    """
    draft = run.begin(run.recipe.fitted_pca)
    settings = run.plan.preset.pca
    if settings.basis == "labels":
        model, weights = _fit_labels(run, settings)
    else:
        model, weights = _fit_photographs(run, settings)
    components = [range(len(model.loadings)), model.variances, model.ratios, list(model.loadings)]
    draft.write("components", pa.table(components, schema=schemas.COMPONENTS))
    mean = [range(len(weights)), model.mean, weights]
    draft.write("mean", pa.table(mean, schema=schemas.MEAN))
    explained = round(float(model.ratios.sum()), 6)
    metrics = Metrics({"pca_k": len(model.loadings), "explained_variance": explained})
    return StageResult.made(draft.commit(metrics))


def _fit_labels(run: StageRun, settings: PcaSettings) -> tuple[PcaModel, WordWeights]:
    pivot = _matrix(run.need(BOVW, run.recipe.bovw.fingerprint).read("bovw"))
    labels, k = pivot.shape
    model = fit_pca(run.spark, pivot, _components(settings.k, labels, k, "labels"))
    return model, np.ones(k, np.int64)


def _fit_photographs(run: StageRun, settings: PcaSettings) -> tuple[PcaModel, WordWeights]:
    counted = run.need_segments(run.recipe.histograms)
    weights = word_weights(settings.weighting, _occurrences(counted))
    histograms = run.rows(counted, "histograms")
    moments = moments_of(histograms, FittedWeighting(settings.weighting, weights))
    components = _components(settings.k, moments.n, len(weights), "photographs")
    return pca.fit(moments, components), weights


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


def _read_reduction(fitted: Checkpoint) -> Reduction:
    components = fitted.read("components").sort_by("component")
    mean = fitted.read("mean").sort_by("word")
    model = PcaModel(
        np.array(components.column("loadings").to_pylist(), np.float64),
        mean.column("mean").to_numpy(),
        components.column("explained_variance").to_numpy(),
        components.column("explained_variance_ratio").to_numpy(),
    )
    # As they were fitted: the settings of this run fit nothing where a model was published.
    settings = fitted.manifest.parameters
    weighting = Weighting(**settings["weighting"])
    return Reduction(
        model,
        FittedWeighting(weighting, mean.column("weight").to_numpy()),
        of_labels=settings["basis"] == "labels",
    )


def _project(run: StageRun, segment: Segment, reduction: Reduction) -> StageResult:
    """The checkpoint `projections` of one segment, and the weighted rows of each of its labels."""
    draft = run.begin(run.recipe.projections(segment.id))
    counted = run.rows([run.need(*run.recipe.histograms(segment.id).id)], "histograms")
    work = left_over(run, segment, run.recipe.projections, "projections") or SegmentRows(
        map_batches(counted, project(reduction), spark_schema(schemas.PROJECTIONS)),
        segment.photographs,
    )
    draft.save("projections", work.rows)
    sums = label_sums.sum_by_label(counted, ("counts",), reduction.weighting.rows)
    draft.write(SUMS, label_sums.to_table(sums))
    metrics = Metrics({"projected": sum(part.n for part in sums.values())})
    return StageResult.made(draft.commit(metrics), work.photographs_done)


def project(reduction: Reduction) -> Callable[[Batches], Batches]:
    """Histograms -> features, batch by batch."""

    def run(batches: Batches) -> Batches:
        for batch in batches:
            rows = reduction.weighting.rows(batch)
            yield about(batch, features=to_lists(reduction.model.project(rows)))

    return run


def _matrix(bovw: pa.Table) -> Matrix:
    words = bovw.drop_columns(["label"])
    return np.column_stack([column.to_numpy() for column in words.columns]).astype(np.float64)


def _features(run: StageRun, projected: Sequence[Checkpoint], reduction: Reduction) -> StageResult:
    """The checkpoint `features`: each label's coordinates, as a table and as csv."""
    draft = run.begin(run.recipe.features)
    sums = label_sums.add_tables(read_each(projected, SUMS))
    features = _of_labels(sums, reduction)
    draft.write("features", features)
    draft.write_file(FEATURES_CSV, as_csv(features))
    if odd := misread(sums):
        log.warning(
            "%s: %s: labels that are not read as they are from %s; the table `features`, in "
            "Parquet, has them",
            REDUCE_PCA,
            ", ".join(repr(label) for label in odd[:20]),
            FEATURES_CSV,
        )
    return StageResult.made(draft.commit(Metrics({})))


def _of_labels(sums: Mapping[str, Sum], reduction: Reduction) -> pa.Table:
    """A label's features: the mean of its photographs', or those of its pivot as the notebook's."""
    of_labels = reduction.of_labels
    rows = [part.total if of_labels else part.total / part.n for part in sums.values()]
    # Label by label: a matrix product may round a row otherwise when there are more rows.
    per_label = np.vstack([reduction.model.project(row[None]) for row in rows])
    columns = schemas.features(per_label.shape[1])
    return pa.table([list(sums), *per_label.T], schema=columns)
