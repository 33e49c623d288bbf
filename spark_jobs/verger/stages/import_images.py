"""import_images: pack photographs out of their small files, set aside what cannot be used."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from verger.catalogue.collection import Segment
from verger.catalogue.keys import identity_of
from verger.config.settings import ImageLimits
from verger.contract import IMPORT_IMAGES
from verger.errors import ObjectGoneError, VergerError
from verger.imaging.photograph import UnusableError, check_bytes, read_photograph
from verger.lake.checkpoint import Draft, Metrics
from verger.objects.addresses import open_storage
from verger.objects.fetching import fetched
from verger.objects.storage import Storage, StoredObject
from verger.planning.plan import Plan
from verger.spark.frames import spark_schema
from verger.spark.session import BATCH_BYTES, partitions
from verger.spark.workers import map_batches
from verger.stages.job import Job
from verger.tables import schemas
from verger.tables.columns import Batches

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

log = logging.getLogger("verger")
Row = dict[str, Any]
Fetched = tuple[StoredObject, bytes | UnusableError]


def import_images(job: Job) -> None:
    """Photographs that are new are fetched; what earlier runs imported stays where it is.

    Raises VergerError if the collection holds nothing that can be used.
    """
    plan = job.plan
    source = open_storage(plan.images)

    def fill(segment: Segment, draft: Draft) -> Metrics:
        from pyspark import StorageLevel

        photographs = job.catalogues.photographs(segment.id)
        outcome = _left_over(job, segment, photographs)
        if outcome is None:
            outcome = _fetched(job, source, photographs)
            job.photographs_done += segment.photographs
        # Photographs are fetched once, for two tables; disk holds what memory might not.
        outcome = outcome.persist(StorageLevel.DISK_ONLY)
        try:
            metrics = _count(outcome)
            draft.save("images", _images(outcome))
            draft.save("quarantine", _quarantine(outcome).coalesce(1))
        finally:
            outcome.unpersist()
        if aside := metrics.totals["quarantined"]:
            log.warning(
                "%s: %d of %d files set aside, see the table quarantine",
                IMPORT_IMAGES,
                aside,
                segment.photographs,
            )
        return metrics

    made = job.make_each([(job.recipe.images(s.id), partial(fill, s)) for s in plan.segments])
    if not any(checkpoint.manifest.metrics["images"] for checkpoint in made):
        raise VergerError(_nothing_usable(job.rows(made, "quarantine"), plan))
    # Only what has been imported counts as seen: a run that died before is done again.
    job.catalogues.make_latest(plan.catalogue, plan.base, by=plan.run_id)


def _fetched(job: Job, source: Storage, listing: Sequence[StoredObject]) -> DataFrame:
    spark, limits = job.spark, job.plan.preset.photographs.limits
    keys = pa.table(
        {
            "key": [item.key for item in listing],
            "size": [item.size for item in listing],
            "etag": [item.etag for item in listing],
        }
    )
    tasks = partitions(spark, sum(item.size for item in listing), len(listing))

    def fetch_all(batches: Batches) -> Batches:
        def fetch(item: StoredObject) -> Fetched:
            return item, _fetch(source, item, limits)

        items = (StoredObject(**row) for batch in batches for row in batch.to_pylist())
        # Threads wait for S3; decoding stays in one, they would only fight for the GIL.
        pairs = fetched(fetch, items)
        yield from _batched(_examine(item, content, limits) for item, content in pairs)

    rows = spark.createDataFrame(keys).repartition(tasks)
    return map_batches(rows, fetch_all, spark_schema(schemas.OUTCOME))


def _left_over(job: Job, segment: Segment, photographs: Sequence[StoredObject]) -> DataFrame | None:
    """What an earlier import already has of a segment that lost some of its photographs."""
    from pyspark.sql import functions as fn

    if segment.origin is None:
        return None
    address = job.recipe.images(segment.origin)
    origin = job.lake.find(*address.id)
    if origin is None:
        return None
    keys = pa.table({"key": [item.key for item in photographs]})
    images = job.rows([origin], "images").withColumns(
        {name: fn.lit(None).cast("string") for name in ("reason", "detail")}
    )
    aside = job.rows([origin], "quarantine").withColumnRenamed("path", "key")
    outcome = images.unionByName(aside, allowMissingColumns=True)
    return outcome.join(fn.broadcast(job.spark.createDataFrame(keys)), "key", "left_semi").select(
        *schemas.OUTCOME.names
    )


def _nothing_usable(quarantine: DataFrame, plan: Plan) -> str:
    reasons = quarantine.groupBy("reason").count().orderBy("count", ascending=False).collect()
    told = ", ".join(f"{row['reason']} {row['count']}" for row in reasons)
    return (
        f"none of {plan.photographs} files below {plan.images} can be used ({told}); "
        "check that they are whole image files in a folder named for their label"
    )


def _fetch(source: Storage, item: StoredObject, limits: ImageLimits) -> bytes | UnusableError:
    try:
        check_bytes(item.size, limits)
        return source.read(item.key, item.etag)
    except UnusableError as error:
        return error
    except ObjectGoneError:
        return UnusableError("gone", "deleted or replaced while it was imported")


def _examine(item: StoredObject, content: bytes | UnusableError, limits: ImageLimits) -> Row:
    who = identity_of(item)
    row: Row = {**asdict(who), "key": item.key, "etag": item.etag}
    try:
        if who.label is None:
            raise UnusableError("no_label", "the file lies in no folder that names its label")
        if isinstance(content, UnusableError):
            raise content
        return {**row, **asdict(read_photograph(content, limits))}
    except UnusableError as error:
        return {**row, "reason": error.reason, "detail": error.detail}


def _batched(rows: Iterable[Row]) -> Iterator[pa.RecordBatch]:
    batch: list[Row] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += len(row.get("content") or b"")
        if size >= BATCH_BYTES:
            yield _pack(batch)
            batch, size = [], 0
    if batch:
        yield _pack(batch)


def _pack(rows: list[Row]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist(rows, schema=schemas.OUTCOME)


def _images(outcome: DataFrame) -> DataFrame:
    return outcome.where("reason is null").drop("reason", "detail")


def _quarantine(outcome: DataFrame) -> DataFrame:
    return outcome.where("reason is not null").selectExpr(
        "key as path", "label", "reason", "detail"
    )


def _count(outcome: DataFrame) -> Metrics:
    from pyspark.sql import functions as fn

    usable = fn.col("reason").isNull()
    size = fn.when(usable, fn.octet_length("content"))
    rows = (
        outcome.groupBy(fn.when(usable, fn.col("label")).alias("label"))
        .agg(
            fn.count("*").alias("files"),
            fn.coalesce(fn.sum(size), fn.lit(0)).alias("bytes"),
        )
        .collect()
    )
    labels = {row["label"]: {"images": row["files"]} for row in rows if row["label"]}
    return Metrics(
        {
            "images": sum(label["images"] for label in labels.values()),
            "quarantined": sum(row["files"] for row in rows if not row["label"]),
            "labels": len(labels),
            "bytes": sum(row["bytes"] for row in rows),
        },
        dict(sorted(labels.items())),
    )
