"""import_images: pack photographs out of their small files, set aside what cannot be used."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from verger.catalogue.collection import Segment
from verger.contract import IMPORT_IMAGES
from verger.errors import VergerError
from verger.lake.checkpoint import Checkpoint
from verger.lake.draft import Draft, Metrics
from verger.objects.addresses import open_storage
from verger.objects.storage import StoredObject
from verger.spark.importing import fetch_photographs, listed, set_aside
from verger.spark.workers import map_batches
from verger.stages.result import StageResult
from verger.stages.segment_rows import only, sources_of
from verger.stages.stage_run import StageRun
from verger.tables import schemas

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

log = logging.getLogger("verger")


def import_images(run: StageRun) -> StageResult:
    """Photographs that are new are fetched; what earlier runs imported stays where it is.

    Raises VergerError if the collection holds nothing that can be used.
    """
    result = StageResult.of(
        found or _import(run, segment) for segment, found in run.find_segments(run.recipe.images)
    )
    if not any(checkpoint.manifest.metrics["images"] for checkpoint in result.checkpoints):
        raise VergerError(_nothing_usable(run, result.checkpoints))
    # Only what has been imported counts as seen: a run that died before is done again.
    run.catalogues.make_latest(run.plan.catalogue, run.plan.base, by=run.plan.run_id)
    return result


def _import(run: StageRun, segment: Segment) -> StageResult:
    """The checkpoint `images` of one segment: `images`, and `quarantine` for all other files."""
    draft = run.begin(run.recipe.images(segment.id))
    files = run.catalogues.photographs(segment.id)
    sources = sources_of(run, segment, run.recipe.images)
    if sources:
        _copy(run, sources, files, draft)
    else:
        _fetch(run, files, draft)
    metrics = _count(run.saved(draft, "images"), run.saved(draft, "quarantine"))
    if aside := metrics.totals["quarantined"]:
        log.warning(
            "%s: %d of %d files set aside, see the table quarantine",
            IMPORT_IMAGES,
            aside,
            segment.photographs,
        )
    return StageResult.made(draft.commit(metrics), 0 if sources else segment.photographs)


def _copy(
    run: StageRun, sources: Sequence[Checkpoint], files: Sequence[StoredObject], draft: Draft
) -> None:
    """What earlier imports have of a segment that lost some of its photographs, or of several that
    become one.
    """
    keys = [item.key for item in files]
    for table, column in (("images", "key"), ("quarantine", "path")):
        rows = run.rows(sources, table)
        draft.save(table, map_batches(rows, only(column, keys), rows.schema))


def _fetch(run: StageRun, files: Sequence[StoredObject], draft: Draft) -> None:
    """Fetch every file once for `images`. What is not there once that is written goes to
    `quarantine`: so each file is in one of the two, whatever failed meanwhile.
    """
    limits = run.plan.preset.photographs.limits
    source = open_storage(run.plan.images)
    to_fetch = listed(run.spark, files)
    draft.save("images", fetch_photographs(to_fetch, source, limits))
    saved = run.saved(draft, "images").select("key")
    if saved.count() == len(files):
        draft.write("quarantine", schemas.QUARANTINE.empty_table())
    else:
        missing = to_fetch.join(saved, "key", "left_anti")
        draft.save("quarantine", set_aside(missing, source, limits))


def _count(images: DataFrame, quarantine: DataFrame) -> Metrics:
    from pyspark.sql import functions as fn

    rows = (
        images.groupBy("label")
        .agg(fn.count("*").alias("images"), fn.sum(fn.octet_length("content")).alias("bytes"))
        .collect()
    )
    labels = {row["label"]: {"images": row["images"]} for row in rows}
    return Metrics(
        {
            "images": sum(label["images"] for label in labels.values()),
            "quarantined": quarantine.count(),
            "labels": len(labels),
            "bytes": sum(row["bytes"] for row in rows),
        },
        dict(sorted(labels.items())),
    )


def _nothing_usable(run: StageRun, made: Sequence[Checkpoint]) -> str:
    quarantine = run.rows(made, "quarantine")
    reasons = quarantine.groupBy("reason").count().orderBy("count", ascending=False).collect()
    told = ", ".join(f"{row['reason']} {row['count']}" for row in reasons)
    return (
        f"none of {run.plan.photographs} files below {run.plan.images} can be used ({told}); "
        "check that they are whole image files in a folder named for their label"
    )
