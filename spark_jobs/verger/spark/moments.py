"""Count, sum and Gram matrix of the rows of photographs, added up over a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from verger.features.pca import Moments
from verger.features.weighting import FittedWeighting
from verger.spark.session import MEGABYTE
from verger.spark.sums import Vector, sums_in_turn

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

# With 4096 words the matrix has 128 MB: it travels in blocks of rows, one at a time to the driver.
BLOCK_BYTES = 16 * MEGABYTE
# Every task makes a matrix of its own: where it is large, there are no more tasks than make this.
SHUFFLE_BYTES = 8192 * MEGABYTE
_TOTAL = "total"


def moments_of(histograms: DataFrame, weighting: FittedWeighting) -> Moments:
    """Count, sum (k) and Gram matrix (k x k) of all rows, summed on the executors."""
    k = len(weighting.weights)
    rows_of_block = max(1, BLOCK_BYTES // (8 * k))

    def per_block(batch: pa.RecordBatch) -> dict[str, tuple[int, Vector]]:
        rows = weighting.rows(batch).astype(np.float64)
        sums = {_TOTAL: (len(rows), rows.sum(axis=0))}
        for start in range(0, k, rows_of_block):
            block = rows[:, start : start + rows_of_block].T @ rows
            sums[str(start)] = (len(rows), block.reshape(-1))
        return sums

    n, total, gram = 0, np.zeros(k), np.zeros((k, k))
    for key, part in sums_in_turn(_few_tasks(histograms.select("counts"), k), per_block):
        if key == _TOTAL:
            n, total = part.n, part.total
        else:
            gram[int(key) : int(key) + rows_of_block] = part.total.reshape(-1, k)
    return Moments(n, total, gram)


def _few_tasks(rows: DataFrame, k: int) -> DataFrame:
    cores = rows.sparkSession.sparkContext.defaultParallelism
    return rows.coalesce(max(cores, SHUFFLE_BYTES // (8 * k * k)))
