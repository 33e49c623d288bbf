"""The notebook's pipeline, re-implemented in plain Spark:  notebook IMAGES CSV seed|fruits

binaryFile, label from the path, ORB in a Python UDF, explode, MLlib's KMeans of 1000 words on bytes
as floats, groupBy and pivot, MLlib's PCA to 100 components, a csv. Its own defaults throughout;
only the extractor's settings are chosen.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from verger.config.presets import preset
from verger.imaging.orb import Extractor
from verger.kernels.bits import DESCRIPTOR_BYTES


def main(images: str, csv: Path, extractor: str) -> None:
    """From photographs to the csv."""
    from pyspark.ml.clustering import KMeans
    from pyspark.ml.feature import PCA, VectorAssembler
    from pyspark.ml.functions import array_to_vector, vector_to_array
    from pyspark.sql import SparkSession
    from pyspark.sql import functions as fn
    from pyspark.sql.types import ArrayType, FloatType

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    spark = SparkSession.builder.config("spark.driver.memory", "8g").getOrCreate()
    settings = preset(extractor).extractor

    def orb(content: bytes) -> list[list[float]]:
        found = Extractor(settings).describe(content)
        if not len(found):
            return [[0.0] * DESCRIPTOR_BYTES]
        rows: list[list[float]] = found.astype(float).tolist()
        return rows

    files = spark.read.format("binaryFile").option("recursiveFileLookup", "true").load(images)
    describe = fn.udf(orb, ArrayType(ArrayType(FloatType())))
    descriptors = (
        files.withColumn("label", fn.element_at(fn.split("path", "/"), -2))
        .select("label", fn.explode(describe("content")).alias("point"))
        .select("label", array_to_vector(fn.col("point")).alias("features"))
        .cache()
    )
    words = KMeans(k=1000, seed=0).fit(descriptors).transform(descriptors)
    pivot = words.groupBy("label").pivot("prediction").count().na.fill(0).cache()
    columns = [name for name in pivot.columns if name != "label"]
    assembled = VectorAssembler(inputCols=columns, outputCol="bovw").transform(pivot)
    components = min(100, len(columns))
    pca = PCA(k=components, inputCol="bovw", outputCol="pca").fit(assembled)
    rows = pca.transform(assembled).select("label", vector_to_array(fn.col("pca")).alias("pca"))
    reduced = rows.select("label", *(fn.col("pca")[i].alias(f"{i}") for i in range(components)))
    reduced.toPandas().to_csv(csv, index=False)
    spark.stop()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
