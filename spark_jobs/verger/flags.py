"""The flags of every command, and the settings that they stand for."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from verger.contract import (
    BUILD_VOCABULARY,
    EXTRACT_DESCRIPTORS,
    IMPORT_IMAGES,
    PIVOT_HISTOGRAMS,
    PRESETS,
    REDUCE_PCA,
    STAGES,
)
from verger.settings import (
    ALGORITHMS,
    HealthLimits,
    ImportSettings,
    PcaSettings,
    Preset,
    VocabularySettings,
    preset,
)
from verger.stages.build_vocabulary import DRIVER_MEGABYTES

PIPELINE = "pipeline"
HELP = {
    PIPELINE: "all stages, one after another, in one Spark session",
    IMPORT_IMAGES: "pack photographs out of their small files; set bad ones aside with a reason",
    EXTRACT_DESCRIPTORS: "ORB descriptors of every photograph",
    BUILD_VOCABULARY: "k visual words from the descriptors",
    PIVOT_HISTOGRAMS: "histogram of visual words per photograph, and the pivot per label",
    REDUCE_PCA: "principal components, projections and features_pca.csv",
}
LIMITS = {
    "dead_words": "unfit above this share of words that nothing is nearest to",
    "duplicate_words": "unfit above this share of words that equal another",
    "missing_words": "unfit above this share of the words asked for that were not found",
    "giant_words": "unfit above this share of words that take many times their part",
    "bare_photographs": "unfit above this share of photographs without descriptors",
    "mean_distance": "unfit above this distance in bits between a descriptor and its word",
}
S = TypeVar("S", VocabularySettings, HealthLimits, PcaSettings)


def import_settings(options: argparse.Namespace) -> ImportSettings:
    """The limits of an import."""
    return ImportSettings(options.max_megapixels, options.max_megabytes)


def chosen_preset(options: argparse.Namespace) -> Preset:
    """The preset, with what the flags change of it."""
    chosen = preset(options.preset)
    return replace(
        chosen,
        words=_changed(chosen.words, options, "words_"),
        limits=_changed(chosen.limits, options, "limit_"),
        pca=_changed(chosen.pca, options, "pca_"),
    )


def _changed(settings: S, options: argparse.Namespace, prefix: str) -> S:
    """The settings, with the flags given whose destination has the prefix."""
    given = {
        name.removeprefix(prefix): value
        for name, value in vars(options).items()
        if name.startswith(prefix)
    }
    return replace(settings, **given)


def parser() -> argparse.ArgumentParser:
    """All commands with their flags."""
    verger = argparse.ArgumentParser(
        prog="verger", description="From fruit photographs to visual-word features."
    )
    commands = verger.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in (PIPELINE, *STAGES):
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
        _add_words(command)
        _add_health(command)
    if name in (PIPELINE, REDUCE_PCA):
        _add_setting(command, "--pca", "pca_k", int, "principal components", "100")


def _add_words(command: argparse.ArgumentParser) -> None:
    words = VocabularySettings()
    _add_setting(command, "--k", "words_k", int, "visual words", str(words.k))
    _add_setting(command, "--seed", "words_seed", int, "of the vocabulary", str(words.seed))
    _add_setting(
        command,
        "--algorithm",
        "words_algorithm",
        str,
        f"how the words are fitted: {' or '.join(ALGORITHMS)}",
    )
    _add_setting(
        command,
        "--sample-per-word",
        "words_sample_per_word",
        _number_or_all,
        "descriptors to fit to, for each word; or: all",
    )
    _add_setting(
        command,
        "--max-iterations",
        "words_max_iterations",
        int,
        "of a fit",
        str(words.max_iterations),
    )
    _add_setting(
        command,
        "--tolerance",
        "words_tolerance",
        float,
        "stop when an iteration lowers the cost by no larger share",
        f"{words.tolerance:g}",
    )
    _add_setting(
        command, "--restarts", "words_restarts", int, "fits, the best is kept", str(words.restarts)
    )
    command.add_argument(
        "--driver-megabytes",
        type=int,
        default=DRIVER_MEGABYTES,
        help="larger training samples are fitted on the executors, with the same result",
    )


def _add_health(command: argparse.ArgumentParser) -> None:
    for limit in fields(HealthLimits):
        _add_setting(
            command,
            f"--limit-{limit.name.replace('_', '-')}",
            f"limit_{limit.name}",
            float,
            LIMITS[limit.name],
        )


def _add_setting(
    command: argparse.ArgumentParser,
    flag: str,
    destination: str,
    kind: Callable[[str], Any],
    text: str,
    default: str = "the preset's",
) -> None:
    """A flag that changes a setting of the preset where it is given."""
    command.add_argument(
        flag,
        dest=destination,
        type=kind,
        default=argparse.SUPPRESS,
        metavar=flag.rsplit("-", 1)[-1].upper(),
        help=f"{text} (default: {default})",
    )


def _number_or_all(text: str) -> int | None:
    return None if text == "all" else int(text)


def _add_run(command: argparse.ArgumentParser, name: str) -> None:
    if name == PIPELINE:
        now = datetime.now(UTC).strftime("local__%Y-%m-%dT%H:%M:%S")
        command.add_argument("--run", default=now, help="name of this run")
    else:
        command.add_argument(
            "--run", required=True, help="run whose earlier stages this one continues"
        )
