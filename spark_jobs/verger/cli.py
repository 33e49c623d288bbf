"""The command line: five stages for spark-submit, and the whole pipeline in one session.

The last line on standard output is one JSON object; everything else goes to standard error.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Sequence
from typing import Any

from verger import pipeline
from verger.checkpoint import Lake
from verger.contract import run_folder, summarise, summary_key
from verger.errors import SettingsError, VergerError
from verger.flags import PIPELINE, chosen_preset, import_settings, parser
from verger.session import LazySession
from verger.stage import Stage, run_stage
from verger.stages.build_vocabulary import BuildVocabulary
from verger.stages.extract_descriptors import ExtractDescriptors
from verger.stages.import_images import ImportImages
from verger.stages.pivot_histograms import PivotHistograms
from verger.stages.reduce_pca import ReducePca

log = logging.getLogger("verger")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 done, 1 failed with one line that says why."""
    options = parser().parse_args(argv)
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    log.setLevel(logging.INFO)
    try:
        print(json.dumps(_perform(options), ensure_ascii=False))  # noqa: T201  the product
    except VergerError as error:
        log.error("%s failed: %s", options.command, error)
        return 1
    return 0


def _perform(options: argparse.Namespace) -> dict[str, Any]:
    lake = Lake.at(options.lake)
    try:
        run_folder(options.run)
    except ValueError as error:
        raise SettingsError(f"--run: {error}") from error
    if options.command == PIPELINE:
        return _run_pipeline(options, lake)
    with LazySession(f"verger {options.command}") as session:
        record = run_stage(_stage(options), lake, options.run, session.get)
    return dict(json.loads(record.to_json()))


def _run_pipeline(options: argparse.Namespace, lake: Lake) -> dict[str, Any]:
    stages = pipeline.method(
        options.images, import_settings(options), chosen_preset(options), options.driver_megabytes
    )
    summary = summarise(options.run, pipeline.run(stages, lake, options.run))
    lake.storage.write(summary_key(options.run), json.dumps(summary, indent=2).encode())
    return {**summary, "lake": lake.storage.root}


def _stage(options: argparse.Namespace) -> Stage:
    match options.command:
        case "import_images":
            return ImportImages.below(options.images, import_settings(options))
        case "extract_descriptors":
            return ExtractDescriptors(chosen_preset(options).extractor)
        case "build_vocabulary":
            chosen = chosen_preset(options)
            return BuildVocabulary(chosen.words, chosen.limits, options.driver_megabytes)
        case "pivot_histograms":
            return PivotHistograms()
        case _:
            return ReducePca(chosen_preset(options).pca)
