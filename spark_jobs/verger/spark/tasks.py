"""How many tasks Spark divides photographs, and the rows that are made of them, into."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# Small enough for many tasks per core, large enough that a million files become few.
PARTITION_BYTES = 16 << 20
TASKS_PER_CORE = 3
# A task costs some 20 ms of a core beside its work: 750 photographs took 28 s in six tasks a job,
# 25 s in two. One of fewer photographs than this costs more than it gives; several a core, which
# end at about the same time, give back their cost where each has many.
LEAST_PHOTOGRAPHS = 50
MANY_PHOTOGRAPHS = 1000
# A photograph of the studio has 4 KB; one of more is as much work as several.
STUDIO_BYTES = 4096
# What Spark cuts tables of unknown size into, before it merges what came out small.
INITIAL_PARTITIONS = 200


def divide(spark: SparkSession, photographs: int | None = None) -> None:
    """Have tables read and shuffled in a few tasks a core; rows of so many photographs in as many
    tasks as they are worth.
    """
    most = TASKS_PER_CORE * spark.sparkContext.defaultParallelism
    tasks = most if photographs is None else tasks_for(spark, photographs)
    settings = {
        "spark.sql.files.minPartitionNum": most,
        # A join keeps the number of tasks that its tables were cut to, if it is not below this one.
        "spark.sql.shuffle.partitions": tasks,
        "spark.sql.adaptive.coalescePartitions.initialPartitionNum": (
            tasks if tasks < most else INITIAL_PARTITIONS
        ),
    }
    for name, value in settings.items():
        spark.conf.set(name, str(value))


def few_tasks(spark: SparkSession) -> int:
    """As many as tables are shuffled in."""
    return int(spark.conf.get("spark.sql.shuffle.partitions") or 1)


def tasks_for(spark: SparkSession, photographs: int) -> int:
    """How many tasks keep all cores at work and are each worth their cost."""
    cores = spark.sparkContext.defaultParallelism
    one_a_core = min(cores, math.ceil(photographs / LEAST_PHOTOGRAPHS))
    several = min(TASKS_PER_CORE * cores, photographs // MANY_PHOTOGRAPHS)
    return max(1, one_a_core, several)


def partitions(spark: SparkSession, total_bytes: int, rows: int) -> int:
    """How many tasks for photographs of so many bytes: more where a task would get too many."""
    photographs = max(rows, total_bytes // STUDIO_BYTES)
    wanted = max(tasks_for(spark, photographs), math.ceil(total_bytes / PARTITION_BYTES))
    return max(1, min(wanted, rows))
