"""Files fetched and decoded on the executors: photographs, and reasons for all others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from verger.catalogue.keys import identity_of
from verger.config.settings import ImageLimits
from verger.errors import ObjectGoneError, ObjectUnreadableError
from verger.imaging.photograph import UnusableError, check_bytes, read_photograph
from verger.objects.fetching import fetched
from verger.objects.storage import Storage, StoredObject
from verger.spark.frames import spark_schema
from verger.spark.session import BATCH_BYTES
from verger.spark.tasks import partitions
from verger.spark.workers import map_batches
from verger.tables import schemas
from verger.tables.columns import Batches

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Row = dict[str, Any]
GONE = "deleted or replaced while it was imported"
Fetched = tuple[StoredObject, bytes | UnusableError]


def listed(spark: SparkSession, files: Sequence[StoredObject]) -> DataFrame:
    """A row a file, spread over the executors by their bytes."""
    keys = pa.table(
        {
            "key": [item.key for item in files],
            "size": [item.size for item in files],
            "etag": [item.etag for item in files],
        }
    )
    tasks = partitions(spark, sum(item.size for item in files), len(files))
    return spark.createDataFrame(keys).repartition(tasks)


def fetch_photographs(files: DataFrame, source: Storage, limits: ImageLimits) -> DataFrame:
    """The rows of `images`: the files that can be used."""

    def run(batches: Batches) -> Batches:
        rows = (row for row in examined(batches, source, limits) if "reason" not in row)
        yield from _batched(rows, schemas.IMAGES)

    return map_batches(files, run, spark_schema(schemas.IMAGES))


def set_aside(files: DataFrame, source: Storage, limits: ImageLimits) -> DataFrame:
    """The rows of `quarantine`, in one part: why files could not be used."""

    def run(batches: Batches) -> Batches:
        rows = (_with_reason(row) for row in examined(batches, source, limits))
        yield from _batched(rows, schemas.QUARANTINE)

    return map_batches(files, run, spark_schema(schemas.QUARANTINE)).coalesce(1)


def _with_reason(row: Row) -> Row:
    if "reason" in row:
        return row
    # It could not be used when `images` was written, and now it could.
    return {"path": row["key"], "label": row["label"], "reason": "gone", "detail": GONE}


def examined(batches: Batches, source: Storage, limits: ImageLimits) -> Iterator[Row]:
    """For each listed file a row of `images`, or one of `quarantine` with its reason, in order."""

    def fetch(item: StoredObject) -> Fetched:
        return item, _fetch(source, item, limits)

    items = (StoredObject(**row) for batch in batches for row in batch.to_pylist())
    # Threads wait for S3; decoding stays in one, they would only fight for the GIL.
    for item, content in fetched(fetch, items):
        yield _examine(item, content, limits)


def _fetch(source: Storage, item: StoredObject, limits: ImageLimits) -> bytes | UnusableError:
    try:
        check_bytes(item.size, limits)
        return source.read(item.key, item.etag)
    except UnusableError as error:
        return error
    except ObjectGoneError:
        return UnusableError("gone", GONE)
    except ObjectUnreadableError as error:
        return UnusableError("unreadable", str(error))


def _examine(item: StoredObject, content: bytes | UnusableError, limits: ImageLimits) -> Row:
    """A row of `images`, or one with a reason."""
    who = identity_of(item)
    try:
        if who.label is None:
            raise UnusableError("no_label", "the file lies in no folder that names its label")
        if isinstance(content, UnusableError):
            raise content
        photograph = read_photograph(content, limits)
        return {**asdict(who), "key": item.key, "etag": item.etag, **asdict(photograph)}
    except UnusableError as error:
        return {
            "path": item.key,
            "label": who.label,
            "reason": error.reason,
            "detail": error.detail,
        }


def _batched(rows: Iterable[Row], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    batch: list[Row] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += len(row.get("content") or b"")
        if size >= BATCH_BYTES:
            yield pa.RecordBatch.from_pylist(batch, schema=schema)
            batch, size = [], 0
    if batch:
        yield pa.RecordBatch.from_pylist(batch, schema=schema)
