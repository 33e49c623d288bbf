"""The published model: which vocabulary and components runs reuse, and which came before them.

    <lake>/models/<preset>/current.json      the one in use, and the history, newest first

The pointer is one small object, so a promotion is one write: whoever reads sees the old model or
the new one, whole. It also says who moved it, so that a task that is repeated knows its own work
again, as Iceberg does with the commits of a table (apache/iceberg-python, `pyiceberg/table`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from verger.documents import Document
from verger.errors import ObjectGoneError, VergerError
from verger.objects.changes import change
from verger.objects.storage import Storage, address_of

MOVES_KEPT = 100


@dataclass(frozen=True)
class Model:
    """Fingerprints that fit together, and what is known of them.

    ``extractor`` are the settings that its words are made for. ``distances`` is the quantisation
    error (mean distance in bits between a descriptor and its word) of each label it was fitted to.
    ``mixtures`` are those of its Fisher vectors, by block.
    ``bundle`` is the SHA-256 of the one file that answers photographs; ``accuracy`` is the share of
    right answers at each level; None where nobody was asked, in models of before 2027.
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
    # Models of before there was a classifier have none of these.
    colour_vocabulary: str = ""
    classifier: str = ""
    bundle: str = ""
    mixtures: Mapping[str, str] = field(default_factory=dict)
    accuracy: Mapping[str, float | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Move:
    """Who made which model the one in use: ``by`` is the run that published or rolled back."""

    model: str
    by: str


@dataclass(frozen=True)
class Published(Document):
    """The models of a preset, the one in use first, and who put them there, newest first."""

    models: tuple[Model, ...]
    moves: tuple[Move, ...] = ()

    @classmethod
    def read(cls, storage: Storage, preset: str) -> Published:
        """What is published for a preset. Raises DocumentError if that cannot be read."""
        try:
            content = storage.read(_key(preset))
        except ObjectGoneError:
            return cls(())
        return cls._of(storage, preset, content)

    @classmethod
    def change(
        cls, storage: Storage, preset: str, decide: Callable[[Published], Published]
    ) -> Published:
        """Replace what is published by what `decide` makes of it; what others have published in the
        meantime is not lost, `decide` is asked again with it.
        """

        def next_content(content: bytes | None) -> bytes | None:
            before = cls(()) if content is None else cls._of(storage, preset, content)
            after = decide(before)
            return None if after == before else after.to_json()

        content = change(storage, _key(preset), next_content)
        return cls(()) if content is None else cls._of(storage, preset, content)

    @classmethod
    def _of(cls, storage: Storage, preset: str, content: bytes) -> Published:
        key = _key(preset)
        remedy = (
            "put an earlier version of that file back, or delete it: then the next run fits a "
            "model of its own, and `verger publish --run` publishes that of a run there was"
        )
        return cls.from_json(content, address_of(storage, key), remedy)

    @property
    def current(self) -> Model | None:
        """The model in use."""
        return self.models[0] if self.models else None

    @property
    def previous(self) -> tuple[Model, ...]:
        """The models that are not in use."""
        return self.models[1:]

    @property
    def moved_by(self) -> str:
        """Who put the model in use there."""
        if self.moves:
            return self.moves[0].by
        return self.current.run_id if self.current else ""

    def dated(self, model: Model) -> Model:
        """The model, published later than all that are.

        A rollback goes by these moments: where a clock was set back, the newest would seem older
        than those that it came after.
        """
        newest = max((known.published for known in self.models), default="")
        if model.published > newest:
            return model
        later = datetime.fromisoformat(newest) + timedelta(microseconds=1)
        return replace(model, published=later.isoformat(timespec="microseconds"))

    def promoted(self, model: Model, by: str) -> Published:
        """With that model in use; the one before it stays in the history."""
        if self.current and self.current.id == model.id:
            return self
        earlier = (m for m in self.models if m.id != model.id)
        return Published((model, *earlier), (Move(model.id, by), *self.moves)[:MOVES_KEPT])

    def rolled_back(self, model_id: str, by: str) -> Published:
        """With an earlier model in use: the one named, or the one published before the current.

        What the same ``by`` has done already stays as it is. Raises VergerError, naming what there
        is, if there is no such model.
        """
        done = next((move for move in self.moves if move.by == by), None)
        if done is None:
            return self.promoted(self._named(model_id) if model_id else self._before(), by)
        if done == self.moves[0]:
            return self
        raise VergerError(
            f"{by} went back to model {done.model} already, and {self.moved_by} has put "
            f"{self.moves[0].model} in use since: roll back anew"
        )

    def _named(self, model_id: str) -> Model:
        for model in self.models:
            if model.id == model_id:
                return model
        known = ", ".join(model.id for model in self.previous) or "none: there is no other"
        raise VergerError(f"no earlier model is called {model_id}: choose one of {known}")

    def _before(self) -> Model:
        """The newest of those that were published before the current one."""
        earlier = [m for m in self.previous if m.published < self.models[0].published]
        if not earlier:
            raise VergerError("there is no earlier model to go back to")
        return max(earlier, key=lambda model: model.published)


def _key(preset: str) -> str:
    return f"models/{preset}/current.json"
