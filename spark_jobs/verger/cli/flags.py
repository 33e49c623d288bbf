"""The commands and their flags."""

from __future__ import annotations

import argparse
import unicodedata
from datetime import UTC, datetime

from verger import __version__
from verger.cli.network import MEAN, SCALE, SIZE
from verger.cli.preset_flags import add_preset_flags
from verger.cli.serve import add_serve_flags
from verger.contract import (
    BUILD_VOCABULARY,
    EXTRACT_DESCRIPTORS,
    IMPORT_IMAGES,
    PIVOT_HISTOGRAMS,
    PRESETS,
    REDUCE_PCA,
    STAGES,
    TRAIN_CLASSIFIER,
)

PLAN, PIPELINE = "plan", "pipeline"
PUBLISH, ROLLBACK, VACUUM, IDENTIFY = "publish", "rollback", "vacuum", "identify"
SERVE = "serve"
NETWORK, QUALITY = "network", "quality"
# A training sample up to this size is fitted in the driver: no job, no shuffle, same result.
DRIVER_MEGABYTES = 128
HELP = {
    PLAN: "decide what a run will do: list photographs, compare, look for what is there",
    PIPELINE: "a plan and all its stages, one after another, in one Spark session",
    IMPORT_IMAGES: "pack photographs out of their small files; set bad ones aside with a reason",
    EXTRACT_DESCRIPTORS: "ORB descriptors of every photograph",
    BUILD_VOCABULARY: "k visual words from the descriptors",
    PIVOT_HISTOGRAMS: "histogram of visual words per photograph, and the pivot per label",
    REDUCE_PCA: "principal components, projections and features_pca.csv",
    TRAIN_CLASSIFIER: "a classifier of all photographs, and how often it is right",
    PUBLISH: "make the models of a run the ones that later runs reuse",
    ROLLBACK: "make an earlier model the one in use again",
    IDENTIFY: "say what fruit photographs show, by the published model",
    SERVE: "answer photographs by HTTP, by whichever model is published",
    NETWORK: "bring a network (an ONNX file) to the lake, for the presets +network",
    QUALITY: "say which photographs a collection lacks, by what the published model got wrong",
    VACUUM: "remove checkpoints that no published model and no recent run refers to",
}


def parser() -> argparse.ArgumentParser:
    """All commands with their flags."""
    verger = argparse.ArgumentParser(
        prog="verger", description="From fruit photographs to visual-word features."
    )
    verger.add_argument("--version", action="version", version=f"verger {__version__}")
    commands = verger.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in (
        *(PLAN, PIPELINE, *STAGES, PUBLISH, ROLLBACK, VACUUM),
        *(IDENTIFY, SERVE, NETWORK, QUALITY),
    ):
        command = commands.add_parser(
            name,
            help=HELP[name],
            description=f"{name}: {HELP[name]}.",
            formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        )
        _add_flags(command, name)
    return verger


def _add_flags(command: argparse.ArgumentParser, name: str) -> None:
    command.add_argument(
        "--lake", required=True, help="where all results are kept: a folder or s3://bucket/prefix"
    )
    if name in (PLAN, PIPELINE, ROLLBACK):
        now = datetime.now(UTC).strftime("local__%Y-%m-%dT%H:%M:%S")
        command.add_argument("--run", default=now, help="name of the run, for its records")
    if name in (PLAN, PIPELINE):
        _add_request(command)
    elif name in (*STAGES, PUBLISH):
        command.add_argument("--run", required=True, help="name of the run, as it was planned")
    if name in (PIPELINE, *STAGES):
        command.add_argument(
            "--driver-megabytes",
            type=int,
            default=DRIVER_MEGABYTES,
            help="fit the words in this process if their training sample has no more megabytes, "
            "else on the executors; the result is the same",
        )
    if name == PIPELINE:
        command.add_argument(
            "--publish", action="store_true", help="publish the models once the run has finished"
        )
    if name == ROLLBACK:
        command.add_argument(
            "--preset", choices=PRESETS, default=PRESETS[0], help="the preset whose model to change"
        )
        command.add_argument(
            "--model",
            default="",
            help="id of the model to go back to; without this flag, the one before the current",
        )
    if name == IDENTIFY:
        command.add_argument("photographs", nargs="+", metavar="PHOTO", help="image files")
        command.add_argument("--together", action="store_true", help="views of one fruit")
        command.add_argument("--json", action="store_true", help="one JSON object a line")
        command.add_argument(
            "--preset", choices=PRESETS, default=PRESETS[0], help="the preset whose model to ask"
        )
    if name == SERVE:
        command.add_argument(
            "--preset", choices=PRESETS, default=PRESETS[0], help="the preset whose model to ask"
        )
        add_serve_flags(command)
    if name == QUALITY:
        command.add_argument(
            "--preset", choices=PRESETS, default=PRESETS[0], help="the preset whose model to ask"
        )
    if name == NETWORK:
        _add_network(command)
    if name == VACUUM:
        command.add_argument(
            "--keep-days",
            type=float,
            default=30,
            help="keep all checkpoints of runs that are younger than so many days",
        )
        command.add_argument(
            "--delete",
            action="store_true",
            help="really remove them; without this flag, only say what would be removed",
        )


def _add_network(command: argparse.ArgumentParser) -> None:
    """The network's file, and how it is shown photographs: as NetworkSettings has it."""
    command.add_argument("network", metavar="FILE", help="an ONNX file with one output")
    command.add_argument("--size", type=int, default=SIZE, help="pixels of its square input")
    command.add_argument(
        "--mean", type=float, default=MEAN, help="subtracted from every red, green and blue"
    )
    command.add_argument("--scale", type=float, default=SCALE, help="then divided by this")


def _add_request(command: argparse.ArgumentParser) -> None:
    """What is asked of a run."""
    command.add_argument(
        "--images",
        required=True,
        help="where the photographs are, each in a folder named for its label: "
        "a folder or s3://bucket/prefix",
    )
    command.add_argument(
        "--label",
        action="append",
        type=_composed,
        default=[],
        metavar="LABEL",
        help="look for new photographs of this label only; may be given several times",
    )
    command.add_argument(
        "--vocabulary",
        choices=("fit", "reuse"),
        default="fit",
        help="fit: compute new words and components; reuse: take the published ones, if any",
    )
    command.add_argument(
        "--rebuild",
        action="store_true",
        help="forget which photographs were imported before, and import all",
    )
    add_preset_flags(command)


def _composed(label: str) -> str:
    """The label with its accents composed, as labels are read from folders."""
    return unicodedata.normalize("NFC", label)
