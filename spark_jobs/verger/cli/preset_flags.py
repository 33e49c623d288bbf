"""The flags that change the settings of a preset, and the preset that they give."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any, TypeVar

from verger.config.presets import preset
from verger.config.settings import (
    NORMALISE,
    HealthLimits,
    ImportSettings,
    PcaSettings,
    Preset,
    VocabularySettings,
    Weighting,
)
from verger.contract import PRESETS

LIMITS = {
    "dead_words": "stop if a larger share of the words is nearest to no descriptor",
    "duplicate_words": "stop if a larger share of the words equals another word",
    "missing_words": "stop if a larger share of the --k words could not be found",
    "giant_words": "stop if a larger share of the words takes over 20 times its part",
    "bare_photographs": "stop if a larger share of the photographs has no descriptor",
    "lost_accuracy": "do not publish what is right about so much smaller a share (0 to 1) than the "
    "classifier in use",
    "mean_distance": "stop if descriptors lie more bits from their words on average (0 to 256)",
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


def add_preset_flags(command: argparse.ArgumentParser) -> None:
    """--preset, and a flag for each setting that may be changed."""
    command.add_argument(
        "--preset",
        choices=PRESETS,
        default=PRESETS[0],
        help="fruits: one fruit on white; shop: cluttered photographs; +network: with a network "
        "of the team's beside; seed: the original notebook's way",
    )
    limits = ImportSettings()
    command.add_argument(
        "--max-megapixels",
        type=float,
        default=limits.max_megapixels,
        help="photographs of more million pixels go to quarantine",
    )
    command.add_argument(
        "--max-megabytes",
        type=float,
        default=limits.max_megabytes,
        help="files of more million bytes go to quarantine",
    )
    _add_words(command)
    _add_health(command)
    _add_pca(command)


def _add_pca(command: argparse.ArgumentParser) -> None:
    _add_setting(
        command, "--pca", "pca_k", int, "principal components to compute, at most --k", "100"
    )
    _add_setting(
        command,
        "--normalise",
        "weighting_normalise",
        str,
        "how each photograph's histogram is scaled before PCA: "
        f"{', '.join(NORMALISE[:-1])} or {NORMALISE[-1]}",
    )
    command.add_argument(
        "--idf",
        dest="weighting_idf",
        action=argparse.BooleanOptionalAction,
        default=argparse.SUPPRESS,
        help="give words that occur in few photographs more weight (default: the preset's)",
    )


def _add_words(command: argparse.ArgumentParser) -> None:
    words = VocabularySettings()
    _add_setting(command, "--k", "words_k", int, "visual words to fit, 2 to 4096", str(words.k))
    _add_setting(
        command,
        "--seed",
        "words_seed",
        int,
        "number that the random choices of the fit start from: the same seed, the same words",
        str(words.seed),
    )
    _add_setting(
        command,
        "--algorithm",
        "words_algorithm",
        str,
        "how the words are fitted: k-majority (Hamming distance of bits) or mllib (Spark's KMeans)",
    )
    _add_setting(
        command,
        "--sample-per-word",
        "words_sample_per_word",
        _number_or_all,
        "descriptors that the words are fitted to, for each word; `all` takes all there are",
    )
    _add_setting(
        command,
        "--max-iterations",
        "words_max_iterations",
        int,
        "iterations after which a fit stops in any case",
        str(words.max_iterations),
    )
    _add_setting(
        command,
        "--tolerance",
        "words_tolerance",
        float,
        "a fit stops when an iteration lowers its cost by no more than this share",
        f"{words.tolerance:g}",
    )
    _add_setting(
        command,
        "--restarts",
        "words_restarts",
        int,
        "fits from different beginnings, of which the best is kept",
        str(words.restarts),
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
