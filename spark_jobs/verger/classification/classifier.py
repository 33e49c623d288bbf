"""The classifier: rows of a photograph's blocks go in, probabilities at every level come out."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from verger.catalogue.labels import Name
from verger.classification.heads import BlockRows, Ensemble, novelty_rows
from verger.classification.mixture import Mixture
from verger.classification.moments import Matrix
from verger.classification.novelty import Novelty
from verger.classification.ridge import Head
from verger.classification.species_first import SpeciesFirst
from verger.classification.tree import LEVELS, Level, Tree
from verger.config.heads import HeadSettings

TOLD = "told"


@dataclass(frozen=True)
class Scores:
    """What is thought of n photographs: the probability of every label (n x c), and how far each
    is from what was trained (n).
    """

    probabilities: Matrix
    distances: Matrix


@dataclass(frozen=True)
class Classifier:
    """``limit`` is the distance above which nothing is said."""

    tree: Tree
    settings: tuple[HeadSettings, ...]
    ensemble: Ensemble
    mixture: Mixture | SpeciesFirst
    limit: float

    def score(self, rows: BlockRows) -> Scores:
        """What is thought of photographs, from their rows of every block."""
        scores = self.ensemble.score(self.settings, rows)
        return Scores(
            self.mixture.probabilities(self.settings, scores, self.tree),
            self.ensemble.novelty.distance(novelty_rows(self.settings, rows)),
        )

    def levels(self, probabilities: Matrix) -> dict[Level, Matrix]:
        """Probabilities of species, varieties and labels; those of a level sum to 1."""
        return {level: self.tree.summed(probabilities, level) for level in LEVELS}

    def to_bytes(self) -> bytes:
        """The classifier as one file; the same classifier gives the same bytes."""
        told = {
            "labels": self.tree.labels,
            "names": [asdict(name) for name in self.tree.names],
            "settings": [asdict(of) for of in self.settings],
            "mixture": asdict(self.mixture),
            "limit": self.limit,
        }
        text = json.dumps(told, ensure_ascii=False, sort_keys=True).encode()
        arrays: dict[str, npt.NDArray[Any]] = {
            TOLD: np.frombuffer(text, np.uint8),
            "axes": self.ensemble.novelty.axes,
            "centres": self.ensemble.novelty.centres,
        }
        for of, head in zip(self.settings, self.ensemble.heads, strict=True):
            arrays |= {f"{of.name}_weights": head.weights, f"{of.name}_bias": head.bias}
        packed = io.BytesIO()
        np.savez(packed, allow_pickle=False, **arrays)
        return packed.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> Classifier:
        """The classifier that `to_bytes` packed."""
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            told = json.loads(arrays[TOLD].tobytes())
            settings = tuple(
                HeadSettings(**{**of, "blocks": tuple(of["blocks"])}) for of in told["settings"]
            )
            heads = [
                Head(arrays[f"{of.name}_weights"], arrays[f"{of.name}_bias"]) for of in settings
            ]
            novelty = Novelty(arrays["axes"], arrays["centres"])
        return cls(
            Tree(tuple(told["labels"]), tuple(Name(**name) for name in told["names"])),
            settings,
            Ensemble(tuple(heads), novelty),
            _mixture(told["mixture"]),
            told["limit"],
        )


def _mixture(told: Mapping[str, Any]) -> Mixture | SpeciesFirst:
    if "recognised" in told:
        return Mixture(tuple(told["labels"]), tuple(told["species"]), told["recognised"])
    return SpeciesFirst(**told)
