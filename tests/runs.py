"""Runs for tests: planned and carried out as the command line does, stage by stage."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from verger.config.settings import Preset
from verger.contract import OPENCV, STAGES, StageRecord
from verger.lake.store import Lake
from verger.objects.addresses import open_storage
from verger.planning.plan import Plan
from verger.planning.planner import RunRequest, make_plan
from verger.stages.pipeline import run_stage


def plan(images: Path, lake: Path, preset: Preset, run_id: str = "r", **request: object) -> Plan:
    """The plan of a run over a folder of photographs."""
    wished = RunRequest(run_id, str(images), preset, **request)
    return make_plan(wished, Lake.at(str(lake)), open_storage(str(images)).list(), version(OPENCV))


def run(
    lake: Path,
    spark: object,
    run_id: str = "r",
    stages: Sequence[str] = STAGES,
    driver_megabytes: int = 128,
) -> dict[str, StageRecord]:
    """The records of a planned run's stages."""
    return {
        name: run_stage(name, Lake.at(str(lake)), run_id, lambda: spark, driver_megabytes)
        for name in stages
    }


def rows_of(records: dict[str, StageRecord], stage: str) -> pd.DataFrame:
    """The main table of a stage over all segments, by photograph."""
    parts = [pd.read_parquet(address) for address in records[stage].checkpoints]
    return pd.concat(parts).sort_values("photo").reset_index(drop=True)
