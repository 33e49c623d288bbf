"""The command line: a plan, six stages for spark-submit, the whole pipeline in one session, and
answers about photographs.

The last line on standard output is one JSON object; everything else goes to standard error.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from verger.catalogue.facts import team_facts
from verger.catalogue.keys import is_photograph
from verger.catalogue.labels import team_names
from verger.cli.failures import in_words
from verger.cli.flags import (
    IDENTIFY,
    NETWORK,
    PIPELINE,
    PLAN,
    PUBLISH,
    QUALITY,
    ROLLBACK,
    SERVE,
    VACUUM,
    parser,
)
from verger.cli.identify import identify
from verger.cli.network import bring_network
from verger.cli.preset_flags import chosen_preset
from verger.cli.quality import quality
from verger.cli.serve import serve
from verger.contract import OPENCV, STAGES, run_folder
from verger.errors import SettingsError
from verger.lake.registry import Model
from verger.lake.store import Lake
from verger.objects.addresses import open_storage
from verger.objects.bucket import Bucket
from verger.operations.promotion import publish, roll_back
from verger.operations.summary import summarise
from verger.operations.vacuum import vacuum
from verger.planning.plan import Plan
from verger.planning.planner import RunRequest, make_plan, reusable, settle, to_do

log = logging.getLogger("verger")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 done, 1 failed with one line that says why."""
    options = parser().parse_args(argv)
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    log.setLevel(logging.INFO)
    try:
        if options.command == IDENTIFY:
            return identify(options)
        if options.command == SERVE:
            return serve(options)
        result = _perform(options)
    except Exception as error:
        words = in_words(error)
        if words is None:
            raise
        log.error("%s failed: %s", options.command, words)
        log.debug("it was", exc_info=error)
        return 1
    # Output that is no UTF-8 gets the same JSON in ASCII.
    utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    print(json.dumps(result, ensure_ascii=not utf8))  # noqa: T201  the product
    return 0


def _perform(options: argparse.Namespace) -> dict[str, Any]:
    lake = Lake.at(options.lake)
    if "run" in options:
        _check_run(options.run)
    match options.command:
        case command if command == PLAN:
            return _plan(options, lake)
        case command if command == PIPELINE:
            return _run_pipeline(options, lake)
        case command if command == PUBLISH:
            return _published(publish(lake, options.run))
        case command if command == ROLLBACK:
            return _published(roll_back(lake, options.preset, options.model, by=options.run))
        case command if command == QUALITY:
            told, table = quality(lake, options.preset)
            sys.stdout.write(f"{table}\n\n")
            return told
        case command if command == NETWORK:
            shown = (options.size, options.mean, options.scale)
            return asdict(bring_network(lake.storage, Path(options.network), *shown))
        case command if command == VACUUM:
            return asdict(vacuum(lake, options.keep_days, delete=options.delete))
        case _:
            return _run_stage(options, lake)


def _check_run(run_id: str) -> None:
    try:
        run_folder(run_id)
    except ValueError as error:
        raise SettingsError(f"--run: {error}") from error


def _plan(options: argparse.Namespace, lake: Lake) -> dict[str, Any]:
    plan = _made_plan(options, lake)
    return {
        "run_id": plan.run_id,
        "photographs": plan.photographs,
        "ignored": dict(plan.ignored),
        "changes": {label: asdict(change) for label, change in plan.changes.items()},
        "segments": len(plan.segments),
        "model": plan.model.id if plan.model else None,
        "unused": [asdict(setting) for setting in plan.unused],
        "to_do": to_do(plan, lake),
    }


def _made_plan(options: argparse.Namespace, lake: Lake) -> Plan:
    source = open_storage(options.images)
    request = RunRequest(
        run_id=options.run,
        images=options.images,
        preset=chosen_preset(options),
        labels=tuple(options.label),
        reuse=options.vocabulary == "reuse",
        rebuild=options.rebuild,
        names=team_names(source),
        facts=team_facts(source),
    )
    return make_plan(request, lake, source.list(of=is_photograph), version(OPENCV))


def _run_stage(options: argparse.Namespace, lake: Lake) -> dict[str, Any]:
    from verger.spark.session import LazySession
    from verger.stages.pipeline import run_stage

    stage = options.command
    assert stage in STAGES  # noqa: S101  the parser knows no other command
    in_s3 = isinstance(lake.storage, Bucket)
    with LazySession(f"verger {stage}", tables_in_s3=in_s3) as session:
        record = run_stage(stage, lake, options.run, session.get, options.driver_megabytes)
    return asdict(record)


def _run_pipeline(options: argparse.Namespace, lake: Lake) -> dict[str, Any]:
    from verger.stages import pipeline

    plan = _made_plan(options, lake)
    found = reusable(plan, lake)
    settle(plan, lake, found)
    if len(found) < len(STAGES):
        pipeline.run(lake, options.run, options.driver_megabytes)
    summary = summarise(lake, options.run)
    if options.publish and (model := publish(lake, options.run)):
        log.info("published: model %s", model.id)
    return {**summary, "lake": lake.storage.root}


def _published(model: Model | None) -> dict[str, Any]:
    return asdict(model) if model else {"published": "nothing: it is in use already"}
