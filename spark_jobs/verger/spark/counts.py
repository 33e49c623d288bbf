"""Photographs and descriptors, counted for each label."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def count_descriptors(descriptors: DataFrame) -> dict[str, dict[str, int]]:
    """Images, those bare of descriptors, and descriptors of each label, sorted by label."""
    from pyspark.sql import functions as fn

    rows = (
        descriptors.groupBy("label")
        .agg(
            fn.count("*").alias("images"),
            fn.count_if(fn.col("keypoints") == 0).alias("bare"),
            fn.sum("keypoints").alias("descriptors"),
        )
        .collect()
    )
    return {
        row["label"]: {name: row[name] for name in ("images", "bare", "descriptors")}
        for row in sorted(rows, key=lambda row: row["label"])
    }
