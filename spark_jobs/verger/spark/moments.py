"""Count, sum and Gram matrix of the rows of photographs, added up over a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from verger.features.pca import Moments
from verger.features.weighting import FittedWeighting
from verger.spark.sums import Vector, sum_by_key

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

# So many partial Gram matrices reach the driver, however many partitions there are.
GRAM_GROUPS = 8


def moments_of(histograms: DataFrame, weighting: FittedWeighting) -> Moments:
    """Count, sum (k) and Gram matrix (k x k) of all rows, summed on the executors."""
    k = len(weighting.weights)

    def per_group(batch: pa.RecordBatch) -> dict[str, tuple[int, Vector]]:
        from pyspark import TaskContext

        context = TaskContext.get()
        group = context.partitionId() % GRAM_GROUPS if context else 0
        part = Moments.of(weighting.rows(batch))
        return {str(group): (part.n, np.concatenate([part.total, part.gram.reshape(-1)]))}

    sums = sum_by_key(histograms.select("counts"), per_group).values()
    total = sum((part.total for part in sums), np.zeros(k + k * k))
    return Moments(sum(part.n for part in sums), total[:k], total[k:].reshape(k, k))
