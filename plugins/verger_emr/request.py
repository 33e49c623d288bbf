"""What a person asks for in the trigger form, checked before any money is spent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from verger.contract import K_RANGE, PCA_K_RANGE, PRESETS

MOST_NODES = 50
# They would turn the address of the photographs into a pattern.
_PATTERN_LETTERS = "*?[]"


class RequestError(ValueError):
    """The request cannot be fulfilled; the message says what to change in the form."""


@dataclass(frozen=True)
class Request:
    """One run: which photographs, which method, how large a cluster."""

    prefix: str
    preset: str
    k: int
    pca_k: int
    core_nodes: int
    task_nodes: int

    @classmethod
    def read(cls, params: Mapping[str, Any]) -> Request:
        """The request behind a run's params. Raises RequestError on anything out of range."""
        request = cls(
            prefix=str(params["prefix"] or "").strip("/"),
            preset=str(params["preset"]),
            k=int(params["k"]),
            pca_k=int(params["pca_k"]),
            core_nodes=int(params["core_nodes"]),
            task_nodes=int(params["task_nodes"]),
        )
        request._check()
        return request

    def _check(self) -> None:
        if any(letter in self.prefix for letter in _PATTERN_LETTERS):
            raise RequestError(f"prefix {self.prefix!r}: leave out {' '.join(_PATTERN_LETTERS)}")
        if self.preset not in PRESETS:
            raise RequestError(f"preset {self.preset!r}: choose {' or '.join(PRESETS)}")
        _within("k (visual words)", self.k, *K_RANGE)
        _within("pca_k (components)", self.pca_k, *PCA_K_RANGE)
        _within("core_nodes", self.core_nodes, 1, MOST_NODES)
        _within("task_nodes", self.task_nodes, 0, MOST_NODES)
        if self.pca_k > self.k:
            raise RequestError(
                f"{self.pca_k} components cannot come from {self.k} words: "
                f"set pca_k to {self.k} or fewer"
            )


def _within(what: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise RequestError(f"{what} {value}: use a number from {low} to {high}")
