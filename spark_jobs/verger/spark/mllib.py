"""The notebook's way, kept as the baseline: MLlib's KMeans and PCA on floats."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from verger.config.settings import VocabularySettings
from verger.errors import VergerError
from verger.features.pca import Matrix, PcaModel
from verger.kernels.bits import DESCRIPTOR_BYTES
from verger.spark.frames import spark_schema
from verger.spark.workers import map_batches
from verger.tables import schemas
from verger.tables.columns import Batches, to_lists
from verger.vocabulary.words import EuclideanVocabulary

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

# MLlib seeds its KMeans by partition, so the partitioning is part of the algorithm's definition.
PARTITIONS = 8


def fit_kmeans(descriptors: DataFrame, settings: VocabularySettings) -> EuclideanVocabulary:
    """MLlib's KMeans on 32 floats a descriptor; it may return fewer centres than k.

    Raises VergerError if there are fewer distinct descriptors than k.
    """
    from pyspark.ml.clustering import KMeans

    rows = exploded(descriptors)
    distinct = rows.select("point").distinct().count()
    if distinct < settings.k:
        raise VergerError(
            f"{settings.k} visual words asked for, but there are only {distinct} distinct "
            f"descriptors; use --k {distinct} or fewer, or bring more photographs"
        )
    kmeans = KMeans(
        featuresCol="features",
        k=settings.k,
        seed=settings.seed,
        maxIter=settings.max_iterations,
        tol=settings.tolerance,
    )
    model = kmeans.fit(rows.cache())
    rows.unpersist()
    return EuclideanVocabulary(np.array(model.clusterCenters(), np.float64))


def exploded(descriptors: DataFrame) -> DataFrame:
    """A row a descriptor: photo, position, point (32 bytes as floats) and the same as a vector."""
    from pyspark.ml.functions import array_to_vector
    from pyspark.sql import functions as fn

    packed = descriptors.select("photo", "descriptors")
    rows = map_batches(packed, _explode, spark_schema(schemas.POINTS))
    return (
        rows.repartition(PARTITIONS, "photo")
        .sortWithinPartitions("photo", "position")
        .withColumn("features", array_to_vector(fn.col("point")))
    )


def fit_pca(spark: SparkSession, pivot: Matrix, components: int) -> PcaModel:
    """MLlib's PCA of a label pivot (labels x k). It projects without centring: the mean is 0."""
    from pyspark.ml.feature import PCA
    from pyspark.ml.linalg import Vectors

    rows = spark.createDataFrame([(Vectors.dense(row),) for row in pivot], ["features"])
    model = PCA(k=components, inputCol="features", outputCol="projected").fit(rows)
    ratios = model.explainedVariance.toArray()
    variance = pivot.var(axis=0, ddof=1).sum()
    loadings = np.asarray(model.pc.toArray(), np.float64).T
    return PcaModel(loadings, np.zeros(pivot.shape[1]), ratios * variance, ratios)


def _explode(batches: Batches) -> Batches:
    for batch in batches:
        for row in batch.to_pylist():
            points = np.frombuffer(row["descriptors"], np.uint8).reshape(-1, DESCRIPTOR_BYTES)
            photo = pa.array([row["photo"]] * len(points), pa.string())
            position = pa.array(range(len(points)), pa.int32())
            columns = [photo, position, to_lists(points.astype(np.float32))]
            yield pa.RecordBatch.from_arrays(columns, schema=schemas.POINTS)
