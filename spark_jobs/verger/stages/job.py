"""What all stages have in common: follow the plan, find checkpoints or make them, note them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from verger.catalogue.collection import Segment
from verger.catalogue.keys import identity_of
from verger.catalogue.store import CatalogueStore
from verger.contract import StageRecord
from verger.errors import VergerError
from verger.lake.checkpoint import Address, Checkpoint, CheckpointId, Draft, Lake, Metrics
from verger.lake.records import record_of
from verger.planning.plan import Plan, read_plan
from verger.spark import frames
from verger.spark.workers import map_batches
from verger.tables.columns import Batches

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

log = logging.getLogger("verger")

# Writes the tables of a checkpoint, and counts what is in them.
Compute = Callable[[Draft], Metrics]


class Job:
    """One stage of one run at work: its plan, its lake, and what it has made or found so far.

    Spark is asked for only when there is work, so a stage that finds everything costs no session.
    """

    def __init__(
        self,
        stage: str,
        plan: Plan,
        lake: Lake,
        spark: Callable[[], SparkSession],
        driver_megabytes: int,
    ) -> None:
        self.stage = stage
        self.plan = plan
        self.recipe = plan.recipe
        self.lake = lake
        self.catalogues = CatalogueStore(lake.storage, plan.images)
        self.driver_megabytes = driver_megabytes
        self.reused = True
        self.photographs_done = 0
        self.checkpoints: list[Checkpoint] = []
        self._spark = spark

    @property
    def spark(self) -> SparkSession:
        """The session, started at the first call."""
        return self._spark()

    def make(self, address: Address, compute: Compute) -> Checkpoint:
        """The checkpoint of that address: the one that is there, or a new one."""
        (made,) = self.make_each([(address, compute)])
        return made

    def make_each(self, wanted: Sequence[tuple[Address, Compute]]) -> list[Checkpoint]:
        """The checkpoint of every address: those that are there, the others made in turn."""
        there = self.lake.find_each([address.id for address, _ in wanted])
        made = [
            found or self._made(address, compute)
            for found, (address, compute) in zip(there, wanted, strict=True)
        ]
        self.checkpoints += made
        return made

    def _made(self, address: Address, compute: Compute) -> Checkpoint:
        started = time.monotonic()
        log.info("%s: working on %s %s", self.stage, address.kind, address.fingerprint)
        draft = self.lake.draft(address)
        metrics = compute(draft)
        self.reused = False
        return draft.commit(metrics, time.monotonic() - started)

    def make_segments(
        self,
        address_of: Callable[[str], Address],
        table: str,
        compute: Callable[[Segment], DataFrame],
        count: Callable[[Segment, Draft], Metrics],
    ) -> list[Checkpoint]:
        """A checkpoint with that table for every segment of the collection.

        ``compute`` gives the rows of a segment that is new; where a segment is what is left of
        another one, its rows are copied from that, so nothing is done twice. ``count`` comes after
        the rows are written (`saved` reads them), and may write tables beside them.
        """

        def fill(segment: Segment, draft: Draft) -> Metrics:
            rows = self._left_over(address_of, table, segment)
            if rows is None:
                rows = compute(segment)
                self.photographs_done += segment.photographs
            draft.save(table, rows)
            return count(segment, draft)

        return self.make_each([(address_of(of.id), partial(fill, of)) for of in self.plan.segments])

    def use(self, kind: str, fingerprint: str) -> Checkpoint:
        """A checkpoint that must be there, as a product of this stage (a published model's)."""
        checkpoint = self.need(kind, fingerprint)
        self.checkpoints.append(checkpoint)
        return checkpoint

    def need(self, kind: str, fingerprint: str) -> Checkpoint:
        """A checkpoint of an earlier stage. Raises VergerError if it is not there."""
        (checkpoint,) = self._need_each([(kind, fingerprint)])
        return checkpoint

    def need_segments(self, address_of: Callable[[str], Address]) -> list[Checkpoint]:
        """The checkpoints of an earlier stage, one for each segment."""
        return self._need_each([address_of(segment.id).id for segment in self.plan.segments])

    def _need_each(self, needed: Sequence[CheckpointId]) -> list[Checkpoint]:
        there: list[Checkpoint] = []
        for (kind, fingerprint), found in zip(needed, self.lake.find_each(needed), strict=True):
            if found is None:
                raise VergerError(
                    f"{self.stage} needs {kind} {fingerprint}, which run {self.plan.run_id} has "
                    "not made, or which is damaged: run the stage before this one first"
                )
            there.append(found)
        return there

    def rows(self, checkpoints: Sequence[Checkpoint], table: str) -> DataFrame:
        """A table of several checkpoints as one."""
        addresses = [checkpoint.address(table) for checkpoint in checkpoints]
        return frames.read(self.spark, table, addresses)

    def saved(self, draft: Draft, table: str) -> DataFrame:
        """A table of a checkpoint in the making, as it was written."""
        return frames.read(self.spark, table, [draft.address_of(table)])

    def _left_over(
        self, address_of: Callable[[str], Address], table: str, segment: Segment
    ) -> DataFrame | None:
        if segment.origin is None:
            return None
        address = address_of(segment.origin)
        origin = self.lake.find(*address.id)
        if origin is None:
            return None
        photos = [identity_of(item).photo for item in self.catalogues.photographs(segment.id)]
        rows = self.rows([origin], table)
        return map_batches(rows, _only(photos), rows.schema)


def _only(photos: Sequence[str]) -> Callable[[Batches], Batches]:
    """Rows about these photographs, batch by batch."""

    def run(batches: Batches) -> Batches:
        wanted = pa.array(photos)
        for batch in batches:
            yield batch.filter(pc.is_in(batch.column("photo"), value_set=wanted))

    return run


class Stage(Protocol):
    """One stage, as a module has it: what a run does of it."""

    def __call__(self, job: Job) -> None:
        """Bring the stage's checkpoints into being. Raises VergerError with what to do."""


def run_stage(
    name: str,
    stage: Stage,
    lake: Lake,
    run_id: str,
    spark: Callable[[], SparkSession],
    driver_megabytes: int,
) -> StageRecord:
    """Run a stage for a run that has a plan; its record is kept in the lake."""
    started = time.monotonic()
    job = Job(name, read_plan(lake.storage, run_id), lake, spark, driver_megabytes)
    stage(job)
    record = record_of(
        name,
        job.checkpoints,
        reused=job.reused,
        seconds=time.monotonic() - started,
        photographs_done=job.photographs_done,
    )
    lake.note(run_id, record)
    log.info("%s: %s", name, _told(record))
    return record


def _told(record: StageRecord) -> str:
    how = "reused" if record.reused else "done"
    numbers = ", ".join(
        f"{name} {value:,.3f}".rstrip("0").rstrip(".") if isinstance(value, float)
        else f"{name} {value:,}"
        for name, value in record.metrics.items()
    )  # fmt: skip
    return f"{how} in {record.seconds:.1f} s: {numbers}"
