"""Against the notebook: the same numbers by its own way, written afresh here."""

from dataclasses import replace

import cv2
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from pyspark.ml.clustering import KMeans
from pyspark.ml.feature import PCA
from pyspark.ml.functions import array_to_vector
from pyspark.ml.linalg import Vectors
from pyspark.sql import functions as fn

from tests.photographs import orchard
from tests.runs import plan, run
from verger.config.settings import FRUITS, SEED
from verger.contract import BUILD_VOCABULARY, PIVOT_HISTOGRAMS
from verger.features.weighting import weigh
from verger.spark import mllib
from verger.vocabulary.words import from_table

K = 12


def done(preset, folder, spark):
    chosen = replace(
        preset,
        words=replace(preset.words, k=K, sample_per_word=None),
        pca=replace(preset.pca, k=4),
    )
    plan(folder / "in", folder / "lake", chosen)
    return run(folder / "lake", spark)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("parity")
    labels = {"Apple": 4, "Kiwi": 3, "Lime": 3, "Plum": 3, "Fig": 3, "Pear": 3}
    orchard(place / "in", labels)
    return place


def test_the_pivot_equals_group_by_pivot_and_fillna_value_for_value(folder, spark):
    records = done(FRUITS, folder, spark)
    words = from_table(pq.read_table(records[BUILD_VOCABULARY].checkpoints[0]))
    described = pd.read_parquet(records["extract_descriptors"].checkpoints[0])
    rows = [
        (row.label, int(word))
        for row in described.itertuples()
        for word in words.assign(np.frombuffer(row.descriptors, np.uint8).reshape(-1, 32))
    ]
    notebook = (
        spark.createDataFrame(rows, ["label", "word"])
        .groupBy("label").pivot("word").count().fillna(0).toPandas()
        .set_index("label").sort_index()
    )  # fmt: skip
    ours = (
        pd.read_parquet(records[PIVOT_HISTOGRAMS].tables["bovw"][0]).set_index("label").sort_index()
    )
    occurring = [f"word_{int(word):04d}" for word in notebook.columns]
    assert (ours[occurring].to_numpy() == notebook.to_numpy()).all()
    assert (ours.drop(columns=occurring) == 0).all(axis=None)


def test_the_pca_equals_mllibs_up_to_sign(folder, spark):
    records = done(FRUITS, folder, spark)
    counts = np.vstack(pd.read_parquet(records[PIVOT_HISTOGRAMS].checkpoints[0])["counts"])
    weighted = weigh(counts, FRUITS.pca.weighting, np.ones(K, np.int64))
    rows = spark.createDataFrame([(Vectors.dense(row),) for row in weighted], ["x"])
    model = PCA(k=4, inputCol="x", outputCol="y").fit(rows)
    ours = pd.read_parquet(records["reduce_pca"].tables["components"][0]).sort_values("component")
    loadings = np.vstack(ours["loadings"])
    theirs = model.pc.toArray().T
    signs = np.sign((loadings * theirs).sum(axis=1))[:, None]
    assert np.abs(loadings - signs * theirs).max() < 1e-6
    variance = model.explainedVariance.toArray()
    assert np.abs(ours["explained_variance_ratio"] - variance).max() < 1e-6


def test_the_seed_preset_gives_the_notebooks_csv(folder, spark):
    records = done(SEED, folder, spark)
    features = pd.read_csv(records["reduce_pca"].tables["features_pca.csv"][0]).set_index("label")
    expected = notebook_features(folder / "in", records, spark)
    assert list(features.index) == list(expected.index)
    assert np.allclose(features.to_numpy(), expected.to_numpy(), atol=1e-8)


def notebook_features(folder, records, spark):
    """ORB defaults on each file, a row a descriptor, KMeans, pivot, PCA: as the notebook did."""
    orb = cv2.ORB.create(nfeatures=100)
    images = pd.read_parquet(records["import_images"].checkpoints[0], columns=["key", "photo"])
    photo = dict(zip(images["key"], images["photo"], strict=True))
    rows = []
    for path in sorted(folder.rglob("*.jpg")):
        gray = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        _, found = orb.detectAndCompute(gray, None)
        found = np.zeros((1, 32), np.uint8) if found is None else found
        key = path.relative_to(folder).as_posix()
        rows += [
            (path.parent.name, photo[key], i, [float(b) for b in row])
            for i, row in enumerate(found)
        ]
    exploded = (
        spark.createDataFrame(rows, "label string, photo string, position int, point array<float>")
        # MLlib's seeding follows the partitioning, which the preset fixes.
        .repartition(mllib.PARTITIONS, "photo")
        .sortWithinPartitions("photo", "position")
        .withColumn("features", array_to_vector(fn.col("point")))
        .cache()
    )
    model = KMeans(k=K, seed=0).fit(exploded)
    pivot = (
        model.transform(exploded)
        .groupBy("label").pivot("prediction", list(range(len(model.clusterCenters()))))
        .count().fillna(0).orderBy("label").toPandas().set_index("label")
    )  # fmt: skip
    vectors = [
        (label, Vectors.dense(row))
        for label, row in zip(pivot.index, pivot.to_numpy(float), strict=True)
    ]
    rows = spark.createDataFrame(vectors, ["label", "x"])
    reduced = PCA(k=4, inputCol="x", outputCol="y").fit(rows).transform(rows).collect()
    return pd.DataFrame({row["label"]: row["y"].toArray() for row in reduced}).T.sort_index()
