"""What the team's network sees in every photograph."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from verger.catalogue.collection import Segment
from verger.config.blocks import NetworkSettings
from verger.config.settings import Preset
from verger.imaging.looking import look
from verger.imaging.network import Network
from verger.lake import networks
from verger.lake.draft import Metrics
from verger.planning.recipe import NETWORK_FEATURES
from verger.spark.frames import spark_schema
from verger.spark.workers import map_batches
from verger.stages.extract_blocks import Describe
from verger.stages.result import StageResult
from verger.stages.segment_rows import SegmentRows, left_over
from verger.stages.stage_run import StageRun
from verger.tables import schemas
from verger.tables.columns import Batches, about, to_lists

if TYPE_CHECKING:
    from pyspark import Broadcast


def extract_features(run: StageRun, block: str) -> StageResult:
    """The checkpoint `network_features` of every segment. Raises VergerError if the network is
    gone, or if OpenCV cannot run it.
    """
    settings = run.plan.preset.network_of(block)
    address = partial(run.recipe.network_features, block)
    segments = run.find_segments(address)
    if any(found is None for _, found in segments):
        content = networks.read(run.lake.storage, settings)
        Network(content, settings)  # refused here, not on a node
        sent = run.spark.sparkContext.broadcast(content)
        describe = see(run.plan.preset, settings, sent)
        return StageResult.of(
            found or _extract(run, block, segment, describe) for segment, found in segments
        )
    return StageResult.of(found for _, found in segments if found)


def _extract(run: StageRun, block: str, segment: Segment, describe: Describe) -> StageResult:
    address = partial(run.recipe.network_features, block)
    draft = run.begin(address(segment.id))
    work = left_over(run, segment, address, NETWORK_FEATURES)
    if work is None:
        schema = spark_schema(schemas.NETWORK_FEATURES)
        work = SegmentRows(map_batches(run.photographs(segment), describe, schema), 0)
    draft.save(NETWORK_FEATURES, work.rows)
    return StageResult.made(draft.commit(Metrics({})))


def see(preset: Preset, settings: NetworkSettings, content: Broadcast[bytes]) -> Describe:
    """Photographs (content) -> features, batch by batch. The network is made ready once a task."""

    def run(batches: Batches) -> Batches:
        network: Network | None = None
        for batch in batches:
            network = network or Network(content.value, settings)
            rows = [
                network.describe(look(photograph.as_py(), preset).view(settings.view))
                for photograph in batch.column("content")
            ]
            if rows:
                yield about(batch, numbers=to_lists(np.array(rows, np.int32)))

    return run
