"""The command line: five stages for spark-submit, and the whole pipeline in one session.

The last line on standard output is one JSON object; everything else goes to standard error.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from verger import pipeline
from verger.checkpoint import Lake
from verger.contract import (
    BUILD_VOCABULARY,
    EXTRACT_DESCRIPTORS,
    IMPORT_IMAGES,
    PIVOT_HISTOGRAMS,
    PRESETS,
    REDUCE_PCA,
    STAGES,
    run_folder,
    summarise,
    summary_key,
)
from verger.errors import SettingsError, VergerError
from verger.session import LazySession
from verger.settings import (
    ImportSettings,
    PcaSettings,
    Preset,
    VocabularySettings,
    preset,
)
from verger.stage import Stage, run_stage
from verger.stages.build_vocabulary import BuildVocabulary
from verger.stages.extract_descriptors import ExtractDescriptors
from verger.stages.import_images import ImportImages
from verger.stages.pivot_histograms import PivotHistograms
from verger.stages.reduce_pca import ReducePca

PIPELINE = "pipeline"
HELP = {
    PIPELINE: "all stages, one after another, in one Spark session",
    IMPORT_IMAGES: "pack photographs out of their small files; set bad ones aside with a reason",
    EXTRACT_DESCRIPTORS: "ORB descriptors of every photograph",
    BUILD_VOCABULARY: "k visual words from the descriptors",
    PIVOT_HISTOGRAMS: "histogram of visual words per photograph, and the pivot per label",
    REDUCE_PCA: "principal components, projections and features_pca.csv",
}
log = logging.getLogger("verger")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 done, 1 failed with one line that says why."""
    options = _parser().parse_args(argv)
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
    chosen = preset(options.preset)
    stages = pipeline.method(
        options.images, _limits(options), chosen, _words(options, chosen), _pca(options, chosen)
    )
    summary = summarise(options.run, pipeline.run(stages, lake, options.run))
    lake.storage.write(summary_key(options.run), json.dumps(summary, indent=2).encode())
    return {**summary, "lake": lake.storage.root}


def _stage(options: argparse.Namespace) -> Stage:
    match options.command:
        case "import_images":
            return ImportImages.below(options.images, _limits(options))
        case "extract_descriptors":
            return ExtractDescriptors(preset(options.preset).extractor)
        case "build_vocabulary":
            return BuildVocabulary(_words(options, preset(options.preset)))
        case "pivot_histograms":
            return PivotHistograms()
        case _:
            return ReducePca(_pca(options, preset(options.preset)))


def _limits(options: argparse.Namespace) -> ImportSettings:
    return ImportSettings(options.max_megapixels, options.max_megabytes)


def _words(options: argparse.Namespace, chosen: Preset) -> VocabularySettings:
    return VocabularySettings(
        k=options.k,
        geometry=chosen.geometry,
        seed=options.seed,
        sample_per_word=chosen.sample_per_word,
        max_iterations=chosen.max_iterations,
    )


def _pca(options: argparse.Namespace, chosen: Preset) -> PcaSettings:
    return PcaSettings(options.pca, chosen.basis)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="verger", description="From fruit photographs to visual-word features."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in (PIPELINE, *STAGES):
        command = commands.add_parser(
            name,
            help=HELP[name],
            description=f"{name}: {HELP[name]}.",
            formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        )
        _add_flags(command, name)
    return parser


def _add_flags(command: argparse.ArgumentParser, name: str) -> None:
    command.add_argument(
        "--lake", required=True, help="where checkpoints go: a folder or s3://bucket/prefix"
    )
    _add_run(command, name)
    if name in (PIPELINE, IMPORT_IMAGES):
        command.add_argument(
            "--images", required=True, help="folder or s3://bucket/prefix; <Label>/x.jpg below it"
        )
        limits = ImportSettings()
        command.add_argument("--max-megapixels", type=float, default=limits.max_megapixels)
        command.add_argument("--max-megabytes", type=float, default=limits.max_megabytes)
    if name in (PIPELINE, EXTRACT_DESCRIPTORS, BUILD_VOCABULARY, REDUCE_PCA):
        command.add_argument("--preset", choices=PRESETS, default=PRESETS[0], help="way of working")
    if name in (PIPELINE, BUILD_VOCABULARY):
        command.add_argument("--k", type=int, default=1000, help="visual words")
        command.add_argument("--seed", type=int, default=0, help="of the vocabulary")
    if name in (PIPELINE, REDUCE_PCA):
        command.add_argument("--pca", type=int, default=100, help="principal components")


def _add_run(command: argparse.ArgumentParser, name: str) -> None:
    if name == PIPELINE:
        now = datetime.now(UTC).strftime("local__%Y-%m-%dT%H:%M:%S")
        command.add_argument("--run", default=now, help="name of this run")
    else:
        command.add_argument(
            "--run", required=True, help="run whose earlier stages this one continues"
        )
