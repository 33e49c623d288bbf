"""import_images: pack photographs out of their small files, set aside what cannot be used."""

from __future__ import annotations

import hashlib
import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa

from verger import schemas
from verger.checkpoint import Draft
from verger.columns import Batches
from verger.contract import IMPORT_IMAGES
from verger.errors import VergerError
from verger.identity import EXTENSIONS, identify, is_photograph
from verger.photograph import ImageLimits, UnusableError, check_bytes, read_photograph
from verger.session import BATCH_BYTES, partitions
from verger.settings import ImportSettings
from verger.stage import Inputs, Metrics
from verger.storage import S3_CONNECTIONS, ObjectGoneError, Storage, StoredObject, open_storage

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

log = logging.getLogger("verger")
T = TypeVar("T")
R = TypeVar("R")
Row = dict[str, Any]
Fetched = tuple[StoredObject, bytes | UnusableError]


@dataclass(frozen=True)
class ImportImages:
    """The photographs below an address, as they were when they were listed."""

    source: Storage
    listing: tuple[StoredObject, ...]
    settings: ImportSettings

    name = IMPORT_IMAGES
    version = 1
    needs = ()

    @classmethod
    def below(cls, address: str, settings: ImportSettings) -> ImportImages:
        """List the photographs below a folder or s3:// prefix.

        Raises VergerError if there are none.
        """
        source = open_storage(address)
        listing = sorted(
            (item for item in source.list() if is_photograph(item.key)), key=lambda item: item.key
        )
        if not listing:
            kinds = ", ".join(sorted(EXTENSIONS))
            raise VergerError(
                f"no photographs below {address}; put image files ({kinds}) there, "
                "one folder for each label"
            )
        log.info("%s: %d photographs below %s", cls.name, len(listing), address)
        return cls(source, tuple(listing), settings)

    def parameters(self) -> Mapping[str, Any]:
        """Keys and contents, wherever they lie: the same folder on S3 gives the same checkpoint."""
        digest = hashlib.sha256()
        for item in self.listing:
            digest.update(f"{item.key}\0{item.etag}\n".encode())
        return {**asdict(self.settings), "listing": digest.hexdigest()}

    def compute(self, spark: SparkSession, inputs: Inputs, draft: Draft) -> Metrics:  # noqa: ARG002
        """Write `images` and `quarantine`. Raises VergerError if nothing can be used."""
        from pyspark import StorageLevel

        # Photographs are fetched once, for two tables; disk holds what memory might not.
        outcome = self._fetched(spark).persist(StorageLevel.DISK_ONLY)
        try:
            metrics = _measure(outcome)
            if not metrics["images"]:
                raise VergerError(self._nothing_usable(outcome))
            draft.save("images", _images(outcome))
            draft.save("quarantine", _quarantine(outcome).coalesce(1))
        finally:
            outcome.unpersist()
        if metrics["quarantined"]:
            log.warning(
                "%s: %d of %d files set aside, see the table quarantine",
                self.name,
                metrics["quarantined"],
                len(self.listing),
            )
        return metrics

    def _fetched(self, spark: SparkSession) -> DataFrame:
        keys = pa.Table.from_pylist([asdict(item) for item in self.listing])
        tasks = partitions(spark, sum(item.size for item in self.listing), len(self.listing))
        source, limits = self.source, self.settings.limits

        def fetch_all(batches: Batches) -> Batches:
            def fetch(item: StoredObject) -> Fetched:
                return item, _fetch(source, item, limits)

            items = (StoredObject(**row) for batch in batches for row in batch.to_pylist())
            with ThreadPoolExecutor(S3_CONNECTIONS) as pool:
                fetched = _ahead(pool, fetch, items, 2 * S3_CONNECTIONS)
                # Threads wait for S3; decoding stays in one, they would only fight for the GIL.
                yield from _batched(_examine(item, content, limits) for item, content in fetched)

        return (
            spark.createDataFrame(keys)
            .repartition(tasks)
            .mapInArrow(fetch_all, schemas.spark(schemas.OUTCOME))
        )

    def _nothing_usable(self, outcome: DataFrame) -> str:
        reasons = outcome.groupBy("reason").count().orderBy("count", ascending=False).collect()
        told = ", ".join(f"{row['reason']} {row['count']}" for row in reasons)
        return (
            f"none of {len(self.listing)} files below {self.source.root} can be used ({told}); "
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
    who = identify(item)
    row: Row = {**asdict(who), "key": item.key, "etag": item.etag}
    try:
        if who.label is None:
            raise UnusableError("no_label", "the file lies in no folder that names its label")
        if isinstance(content, UnusableError):
            raise content
        return {**row, **asdict(read_photograph(content, limits))}
    except UnusableError as error:
        return {**row, "reason": error.reason, "detail": error.detail}


def _ahead(
    pool: ThreadPoolExecutor, function: Callable[[T], R], items: Iterable[T], most: int
) -> Iterator[R]:
    """Results in order, with at most so many items under way: memory stays bounded."""
    waiting: deque[Future[R]] = deque()
    for item in items:
        waiting.append(pool.submit(function, item))
        if len(waiting) >= most:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


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


def _measure(outcome: DataFrame) -> Metrics:
    from pyspark.sql import functions as fn

    usable = fn.col("reason").isNull()
    size = fn.when(usable, fn.octet_length("content"))
    row = outcome.agg(
        fn.count_if(usable).alias("images"),
        fn.count_if(~usable).alias("quarantined"),
        fn.count_distinct(fn.when(usable, fn.col("label"))).alias("labels"),
        fn.coalesce(fn.sum(size), fn.lit(0)).alias("bytes"),
        fn.coalesce(fn.max(size), fn.lit(0)).alias("largest_bytes"),
    ).first()
    assert row is not None  # noqa: S101  an aggregate without groups has one row
    return row.asDict()
