"""What every stage works with: the plan of the run, the lake, Spark."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from verger.catalogue.collection import Segment
from verger.catalogue.store import CatalogueStore
from verger.errors import VergerError
from verger.lake.address import Address, CheckpointId
from verger.lake.checkpoint import Checkpoint
from verger.lake.draft import Draft
from verger.lake.store import Lake
from verger.planning.plan import Plan
from verger.planning.recipe import WHOLE, Recipe
from verger.spark import frames
from verger.spark.tasks import divide
from verger.stages.result import StageResult
from verger.tables.schemas import WHO

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

log = logging.getLogger("verger")

# The address of a segment's checkpoint, by the segment's id: a method of the recipe.
AddressOf = Callable[[str], Address]


@dataclass(frozen=True)
class StageRun:
    """One stage of one run: what it may read, and where it starts checkpoints.

    ``open_session`` is called only when there is work, so a stage that finds everything starts no
    Spark. Training samples up to ``driver_megabytes`` are fitted in the driver.
    """

    stage: str
    plan: Plan
    lake: Lake
    open_session: Callable[[], SparkSession]
    driver_megabytes: int

    @property
    def recipe(self) -> Recipe:
        """What determines the checkpoints of the run."""
        return self.plan.recipe

    @property
    def catalogues(self) -> CatalogueStore:
        """Which photographs the collection holds."""
        return CatalogueStore(self.lake.storage, self.plan.images)

    @property
    def spark(self) -> SparkSession:
        """The session, started at the first call."""
        session = self.open_session()
        divide(session, self.plan.photographs)
        return session

    def find(self, address: Address) -> StageResult | None:
        """The checkpoint of an address, or None where it has to be made."""
        found = self.lake.find(*address.id, content=address.kind in WHOLE)
        return StageResult.found(found) if found else None

    def find_segments(self, address_of: AddressOf) -> list[tuple[Segment, StageResult | None]]:
        """Every segment of the collection, with its checkpoint or None where it has to be made."""
        segments = self.plan.segments
        there = self.lake.find_each([address_of(segment.id).id for segment in segments])
        return [
            (segment, StageResult.found(found) if found else None)
            for segment, found in zip(segments, there, strict=True)
        ]

    def need(self, kind: str, fingerprint: str) -> Checkpoint:
        """A checkpoint of an earlier stage. Raises VergerError if it is not there."""
        (checkpoint,) = self._need_each([(kind, fingerprint)])
        return checkpoint

    def need_segments(self, address_of: AddressOf) -> list[Checkpoint]:
        """The checkpoints of an earlier stage, one for each segment."""
        return self._need_each([address_of(segment.id).id for segment in self.plan.segments])

    def rows(self, checkpoints: Sequence[Checkpoint], table: str) -> DataFrame:
        """A table of several checkpoints as one: the files that their manifests name."""
        files = [file for checkpoint in checkpoints for file in checkpoint.files(table)]
        return frames.read(self.spark, table, files)

    def photographs(self, segment: Segment) -> DataFrame:
        """The photographs of a segment, packed: who each is, and its content."""
        images = self.need(*self.recipe.images(segment.id).id)
        return self.rows([images], "images").select(*WHO, "content")

    def begin(self, address: Address) -> Draft:
        """A new checkpoint, to be filled and committed."""
        log.info("%s: working on %s %s", self.stage, address.kind, address.fingerprint)
        return self.lake.draft(address)

    def saved(self, draft: Draft, table: str) -> DataFrame:
        """A table of a checkpoint in the making, as it was written."""
        return frames.read(self.spark, table, draft.files(table))

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
