"""What a person asks for in the trigger form, checked before any money is spent."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

from verger.config.presets import preset
from verger.config.settings import Preset
from verger.contract import PRESETS
from verger.errors import SettingsError
from verger_runs.backends import AS_DEPLOYED, BACKENDS

MOST_NODES = 50
MARKETS = ("spot", "on-demand")
REUSE, FIT = "reuse", "fit"
S3_SCHEMES = ("s3", "s3a", "s3n")
# They would turn the address of the photographs into a pattern.
_PATTERN_LETTERS = "*?[]"


class RequestError(ValueError):
    """The request cannot be fulfilled; the message says what to change in the form."""


@dataclass(frozen=True)
class Request:
    """One run: which photographs, which method, where and how large, how much money.

    ``categories`` limits what is looked at to these labels; none means all. ``most_dollars`` is the
    estimate above which a run does not start; 0 means any.
    """

    prefix: str
    preset: str
    k: int
    pca_k: int
    core_nodes: int
    task_nodes: int
    categories: tuple[str, ...] = ()
    vocabulary: str = REUSE
    task_market: str = MARKETS[0]
    most_dollars: float = 0.0
    dry_run: bool = False
    backend: str = AS_DEPLOYED
    workers: int = 2  # of serverless jobs

    @classmethod
    def read(cls, params: Mapping[str, Any]) -> Request:
        """The request behind a run's params. Raises RequestError on anything out of range."""
        request = cls(
            prefix=str(params["prefix"] or "").strip().strip("/"),
            preset=str(params["preset"]),
            k=_whole(params, "k"),
            pca_k=_whole(params, "pca_k"),
            core_nodes=_whole(params, "core_nodes"),
            task_nodes=_whole(params, "task_nodes"),
            categories=_labels(params["categories"] or ()),
            vocabulary=str(params["vocabulary"]),
            task_market=str(params["task_market"]),
            most_dollars=_number(params, "most_dollars"),
            dry_run=bool(params["dry_run"]),
            backend=str(params["backend"]),
            workers=_whole(params, "workers"),
        )
        request._check()
        return request

    @property
    def settings(self) -> Preset:
        """The preset, with what the form changes of it."""
        return preset(self.preset).sized(self.k, self.pca_k)

    def _check(self) -> None:
        if any(letter in self.prefix for letter in _PATTERN_LETTERS):
            raise RequestError(f"prefix {self.prefix!r}: leave out {' '.join(_PATTERN_LETTERS)}")
        _choice("preset", self.preset, PRESETS)
        _choice("vocabulary", self.vocabulary, (REUSE, FIT))
        _choice("task_market", self.task_market, MARKETS)
        _choice("backend", self.backend, (AS_DEPLOYED, *BACKENDS))
        _within("workers", self.workers, 1, MOST_NODES)
        _within("core_nodes", self.core_nodes, 1, MOST_NODES)
        _within("task_nodes", self.task_nodes, 0, MOST_NODES)
        if not 0 <= self.most_dollars < inf:
            raise RequestError(f"most_dollars {self.most_dollars:g}: use 0 (any) or more")
        try:
            _ = self.settings
        except SettingsError as error:
            raise RequestError(str(error)) from error

    def images_below(self, landing: str) -> str:
        """The address of the photographs. Raises RequestError for one that is not below landing."""
        scheme, separator, _ = self.prefix.partition("://")
        if not separator:
            return f"{landing}/{self.prefix}".rstrip("/")
        address = f"s3://{self.prefix.partition('://')[2]}"
        if scheme not in S3_SCHEMES or not f"{address}/".startswith(f"{landing}/"):
            raise RequestError(
                f"prefix {self.prefix!r}: photographs are taken from below {landing}; "
                "name a folder there, as spring/Training"
            )
        return address


def _labels(given: Any) -> tuple[str, ...]:
    if not isinstance(given, Sequence) or isinstance(given, str | bytes):
        raise RequestError(f"categories {given!r}: use a list, as {[str(given)]!r}")
    # As labels are read from keys: accents composed.
    labels = (unicodedata.normalize("NFC", str(label)).strip() for label in given)
    return tuple(dict.fromkeys(label for label in labels if label))


def _number(params: Mapping[str, Any], name: str) -> float:
    try:
        return float(params[name])
    except (TypeError, ValueError, OverflowError):
        raise RequestError(f"{name} {params[name]!r}: use a number") from None


def _whole(params: Mapping[str, Any], name: str) -> int:
    number = _number(params, name)
    if not number.is_integer():
        raise RequestError(f"{name} {params[name]!r}: use a whole number")
    return int(number)


def _choice(what: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise RequestError(f"{what} {value!r}: choose {' or '.join(allowed)}")


def _within(what: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise RequestError(f"{what} {value}: use a number from {low} to {high}")
