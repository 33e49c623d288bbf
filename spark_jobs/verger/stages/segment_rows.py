"""Where a segment's rows come from: worked out anew, or copied from the segments it is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from verger.catalogue.collection import Segment
from verger.catalogue.keys import identity_of
from verger.lake.checkpoint import Checkpoint
from verger.spark.workers import map_batches
from verger.stages.stage_run import AddressOf, StageRun
from verger.tables.columns import Batches

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass(frozen=True)
class SegmentRows:
    """The rows of a segment's table, and how many photographs have to be worked on for them."""

    rows: DataFrame
    photographs_done: int


def left_over(
    run: StageRun, segment: Segment, address_of: AddressOf, table: str
) -> SegmentRows | None:
    """The rows that are there already, for a segment that is made of others: what is left of one,
    or several merged.

    None if it is not, or if a checkpoint of the others has gone: then the rows are made anew.
    """
    sources = sources_of(run, segment, address_of)
    if not sources:
        return None
    photos = [identity_of(item).photo for item in run.catalogues.photographs(segment.id)]
    rows = run.rows(sources, table)
    return SegmentRows(map_batches(rows, only("photo", photos), rows.schema), 0)


def sources_of(run: StageRun, segment: Segment, address_of: AddressOf) -> list[Checkpoint]:
    """The checkpoints of the segments that this one is made of; none unless all are there."""
    found = run.lake.find_each([address_of(source).id for source in segment.sources])
    there = [checkpoint for checkpoint in found if checkpoint is not None]
    return there if len(there) == len(found) else []


def only(column: str, values: Sequence[str]) -> Callable[[Batches], Batches]:
    """The rows with one of these values in the column, batch by batch."""

    def run(batches: Batches) -> Batches:
        wanted = pa.array(values, pa.string())
        for batch in batches:
            yield batch.filter(pc.is_in(batch.column(column), value_set=wanted))

    return run
