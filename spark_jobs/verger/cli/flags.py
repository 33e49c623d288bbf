"""The flags of every command, and the settings that they stand for."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from verger.config.settings import (
    ALGORITHMS,
    NORMALISE,
    HealthLimits,
    ImportSettings,
    PcaSettings,
    Preset,
    VocabularySettings,
    Weighting,
    preset,
)
from verger.contract import (
    BUILD_VOCABULARY,
    EXTRACT_DESCRIPTORS,
    IMPORT_IMAGES,
    PIVOT_HISTOGRAMS,
    PRESETS,
    REDUCE_PCA,
    STAGES,
)

PLAN, PIPELINE = "plan", "pipeline"
PUBLISH, ROLLBACK, VACUUM = "publish", "rollback", "vacuum"
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
    PUBLISH: "make the models of a run the ones that later runs reuse",
    ROLLBACK: "make an earlier model the one in use again",
    VACUUM: "remove checkpoints that no published model and no recent run refers to",
}
LIMITS = {
    "dead_words": "unfit above this share of words that nothing is nearest to",
    "duplicate_words": "unfit above this share of words that equal another",
    "missing_words": "unfit above this share of the words asked for that were not found",
    "giant_words": "unfit above this share of words that take many times their part",
    "bare_photographs": "unfit above this share of photographs without descriptors",
    "mean_distance": "unfit above this distance in bits between a descriptor and its word",
}
S = TypeVar("S", VocabularySettings, HealthLimits, PcaSettings, Weighting)


def chosen_preset(options: argparse.Namespace) -> Preset:
    """The preset, with what the flags change of it."""
    chosen = preset(options.preset)
    return replace(
        chosen,
        words=_changed(chosen.words, options, "words_"),
        limits=_changed(chosen.limits, options, "limit_"),
        pca=replace(
            _changed(chosen.pca, options, "pca_"),
            weighting=_changed(chosen.pca.weighting, options, "weighting_"),
        ),
        photographs=ImportSettings(options.max_megapixels, options.max_megabytes),
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
    for name in (PLAN, PIPELINE, *STAGES, PUBLISH, ROLLBACK, VACUUM):
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
    if name in (PLAN, PIPELINE, ROLLBACK):
        now = datetime.now(UTC).strftime("local__%Y-%m-%dT%H:%M:%S")
        command.add_argument("--run", default=now, help="name of this run")
    if name in (PLAN, PIPELINE):
        _add_request(command)
    elif name in (*STAGES, PUBLISH):
        command.add_argument("--run", required=True, help="the run, which has a plan")
    if name in (PIPELINE, *STAGES):
        command.add_argument(
            "--driver-megabytes",
            type=int,
            default=DRIVER_MEGABYTES,
            help="larger training samples are fitted on the executors, with the same result",
        )
    if name == PIPELINE:
        command.add_argument("--publish", action="store_true", help=HELP[PUBLISH])
    if name == ROLLBACK:
        command.add_argument("--preset", choices=PRESETS, default=PRESETS[0])
        command.add_argument("--model", default="", help="its id; none: the one before")
    if name == VACUUM:
        command.add_argument(
            "--keep-days", type=float, default=30, help="runs younger than that keep everything"
        )
        command.add_argument("--delete", action="store_true", help="none: only tell")


def _add_request(command: argparse.ArgumentParser) -> None:
    """What is asked of a run."""
    command.add_argument(
        "--images", required=True, help="folder or s3://bucket/prefix; <Label>/x.jpg below it"
    )
    command.add_argument(
        "--label",
        action="append",
        default=[],
        help="look at this label alone for what is new (again for more of them)",
    )
    command.add_argument(
        "--vocabulary",
        choices=("fit", "reuse"),
        default="fit",
        help="fit words and components, or reuse the published ones where there are some",
    )
    command.add_argument(
        "--rebuild", action="store_true", help="import everything anew, as if for the first time"
    )
    limits = ImportSettings()
    command.add_argument("--max-megapixels", type=float, default=limits.max_megapixels)
    command.add_argument("--max-megabytes", type=float, default=limits.max_megabytes)
    command.add_argument("--preset", choices=PRESETS, default=PRESETS[0], help="way of working")
    _add_words(command)
    _add_health(command)
    _add_setting(command, "--pca", "pca_k", int, "principal components", "100")
    _add_setting(
        command,
        "--normalise",
        "weighting_normalise",
        str,
        f"how histograms are weighed before PCA: {' or '.join(NORMALISE)}",
    )
    command.add_argument(
        "--idf",
        dest="weighting_idf",
        action=argparse.BooleanOptionalAction,
        default=argparse.SUPPRESS,
        help="words that occur in few photographs weigh more (default: the preset's)",
    )


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
