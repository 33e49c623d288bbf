"""The published model: which vocabulary and components runs reuse, and which came before them.

    <lake>/models/<preset>/current.json      the one in use, and the history, newest first

The pointer is one small object, so a promotion is one write: whoever reads sees the old model or
the new one, whole.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from verger.errors import ObjectGoneError, VergerError
from verger.objects.storage import Storage


@dataclass(frozen=True)
class Model:
    """Fingerprints that fit together, and what is known of them.

    ``extractor`` are the settings that its words are made for. ``distances`` is the quantisation
    error (mean distance in bits between a descriptor and its word) of each label it was fitted to.
    """

    id: str
    preset: str
    extractor: Mapping[str, Any]
    vocabulary: str
    pca: str
    k: int
    pca_k: int
    mean_distance: float
    distances: Mapping[str, float]
    photographs: int
    run_id: str
    published: str


@dataclass(frozen=True)
class Published:
    """The model in use, and those before it, newest first; both may be empty."""

    current: Model | None = None
    previous: tuple[Model, ...] = ()

    @classmethod
    def read(cls, lake: Storage, preset: str) -> Published:
        """What is published for a preset."""
        try:
            told = json.loads(lake.read(_key(preset)))
        except ObjectGoneError:
            return cls()
        current, *previous = (Model(**model) for model in told["models"])
        return cls(current, tuple(previous))

    def promote(self, lake: Storage, model: Model) -> Published:
        """Make the model the one in use; the one before it stays in the history."""
        if self.current and self.current.id == model.id:
            return self
        earlier = [m for m in self.all if m.id != model.id]
        promoted = Published(model, tuple(earlier))
        told = {"models": [asdict(m) for m in promoted.all]}
        lake.write(_key(model.preset), json.dumps(told, ensure_ascii=False, indent=1).encode())
        return promoted

    def rolled_back(self, model_id: str = "") -> Model:
        """The model to go back to: the one named, or the one before the current.

        Raises VergerError, naming what there is, if it was never published.
        """
        if not self.previous:
            raise VergerError("there is no earlier model to go back to")
        if not model_id:
            return self.previous[0]
        for model in self.previous:
            if model.id == model_id:
                return model
        known = ", ".join(model.id for model in self.previous)
        raise VergerError(f"no earlier model is called {model_id}: choose one of {known}")

    @property
    def all(self) -> tuple[Model, ...]:
        """Current and previous."""
        return (*([self.current] if self.current else []), *self.previous)


def _key(preset: str) -> str:
    return f"models/{preset}/current.json"
