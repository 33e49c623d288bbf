"""The method, from photographs to features, in one Spark session."""

from __future__ import annotations

from verger.contract import StageRecord
from verger.lake.checkpoint import Lake
from verger.planning.plan import read_plan
from verger.spark.session import LazySession
from verger.stages import IN_ORDER
from verger.stages.job import run_stage


def run(lake: Lake, run_id: str, driver_megabytes: int) -> list[StageRecord]:
    """Run the stages of a planned run one after another; each leaves its checkpoints."""
    quick_jvm = not read_plan(lake.storage, run_id).preset.uses_mllib
    with LazySession(f"verger {run_id}", quick_jvm) as session:
        return [
            run_stage(name, stage, lake, run_id, session.get, driver_megabytes)
            for name, stage in IN_ORDER.items()
        ]
