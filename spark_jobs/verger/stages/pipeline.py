"""The method, from photographs to features: stage after stage, as a run's plan has them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from verger.contract import StageRecord
from verger.errors import VergerError
from verger.lake.records import record_of
from verger.lake.store import Lake
from verger.objects.bucket import Bucket
from verger.operations.repair import discard_damaged
from verger.planning.plan import read_plan
from verger.spark.session import LazySession
from verger.stages import IN_ORDER
from verger.stages.result import StageResult
from verger.stages.stage_run import StageRun

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

log = logging.getLogger("verger")


def run(lake: Lake, run_id: str, driver_megabytes: int) -> list[StageRecord]:
    """Run the stages of a planned run one after another, in one Spark session."""
    quick_jvm = not read_plan(lake.storage, run_id).preset.uses_mllib
    in_s3 = isinstance(lake.storage, Bucket)
    with LazySession(f"verger {run_id}", quick_jvm, tables_in_s3=in_s3) as session:
        return [run_stage(stage, lake, run_id, session.get, driver_megabytes) for stage in IN_ORDER]


def run_stage(
    name: str,
    lake: Lake,
    run_id: str,
    open_session: Callable[[], SparkSession],
    driver_megabytes: int,
) -> StageRecord:
    """Run one stage of a planned run; its record is kept in the lake."""
    started = time.monotonic()
    plan = read_plan(lake.storage, run_id)
    result = _result(StageRun(name, plan, lake, open_session, driver_megabytes))
    record = record_of(
        name,
        result.checkpoints,
        reused=result.reused,
        seconds=time.monotonic() - started,
        photographs_done=result.photographs_done,
    )
    lake.note(run_id, record)
    log.info("%s: %s", name, _as_line(record))
    return record


def _result(run: StageRun) -> StageResult:
    """What the stage gives. Where it breaks because of a damaged file, it says so."""
    try:
        return IN_ORDER[run.stage](run)
    except VergerError:
        raise
    except Exception as error:
        log.warning("%s broke; looking whether a file that it read is damaged", run.stage)
        if damage := discard_damaged(run.plan, run.lake):
            raise VergerError(damage) from error
        raise


def _as_line(record: StageRecord) -> str:
    how = "reused" if record.reused else "done"
    numbers = ", ".join(
        f"{name} {value:,.3f}".rstrip("0").rstrip(".") if isinstance(value, float)
        else f"{name} {value:,}"
        for name, value in record.metrics.items()
    )  # fmt: skip
    return f"{how} in {record.seconds:.1f} s: {numbers}"
