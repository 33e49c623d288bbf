"""extract_descriptors: ORB of every photograph, n x 32 bytes in one value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from verger import schemas
from verger.checkpoint import Draft
from verger.columns import Batches, about
from verger.contract import EXTRACT_DESCRIPTORS, IMPORT_IMAGES
from verger.errors import VergerError
from verger.orb import DESCRIPTOR_BYTES, Extractor
from verger.session import size_batches
from verger.settings import ExtractorSettings
from verger.stage import Inputs, Metrics

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


@dataclass(frozen=True)
class ExtractDescriptors:
    """Descriptors by one extractor; another release of OpenCV counts as another extractor."""

    settings: ExtractorSettings

    name = EXTRACT_DESCRIPTORS
    version = 1
    needs = (IMPORT_IMAGES,)

    def parameters(self) -> Mapping[str, Any]:
        """The extractor's settings and the release of OpenCV."""
        return {**asdict(self.settings), "opencv": version("opencv-python-headless")}

    def compute(self, spark: SparkSession, inputs: Inputs, draft: Draft) -> Metrics:
        """Write `descriptors`. Raises VergerError if no photograph has any."""
        images = inputs[IMPORT_IMAGES]
        size_batches(spark, int(images.manifest.metrics["largest_bytes"]))
        photographs = spark.read.parquet(images.address("images"))
        descriptors = photographs.select(*schemas.WHO, "content").mapInArrow(
            describe(self.settings), schemas.spark(schemas.DESCRIPTORS)
        )
        metrics = _measure(spark.read.parquet(draft.save("descriptors", descriptors)))
        if not metrics["descriptors"]:
            raise VergerError(
                f"ORB found no descriptor in any of {images.manifest.metrics['images']} "
                "photographs; use --preset fruits, or photographs with some texture"
            )
        return metrics


def describe(settings: ExtractorSettings) -> Callable[[Batches], Batches]:
    """Photographs (content) -> descriptors, batch by batch."""

    def run(batches: Batches) -> Batches:
        extractor = Extractor(settings)
        for batch in batches:
            found = [extractor.describe(content.as_py()) for content in batch.column("content")]
            keypoints = pa.array([len(descriptors) for descriptors in found], pa.int32())
            packed = [descriptors.tobytes() or _placeholder(settings) for descriptors in found]
            yield about(batch, keypoints=keypoints, descriptors=pa.array(packed, pa.binary()))

    return run


def _placeholder(settings: ExtractorSettings) -> bytes:
    return bytes(DESCRIPTOR_BYTES) if settings.zero_placeholder else b""


def _measure(descriptors: DataFrame) -> Metrics:
    from pyspark.sql import functions as fn

    row = descriptors.agg(
        fn.sum("keypoints").alias("descriptors"),
        fn.count_if(fn.col("keypoints") == 0).alias("images_without_descriptors"),
        fn.max(fn.octet_length("descriptors")).alias("largest_descriptors_bytes"),
    ).first()
    assert row is not None  # noqa: S101  an aggregate without groups has one row
    return row.asDict()
