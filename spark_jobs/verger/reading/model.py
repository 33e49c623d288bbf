"""A published model: what is known of it, and its answers."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verger.inference.answer import Answer, answer
from verger.inference.engine import Engine
from verger.lake import bundle
from verger.lake.registry import Model
from verger.objects.storage import Storage


@dataclass(frozen=True)
class PublishedModel:
    """A model of the lake; ``record`` says what the registry knows of it."""

    record: Model
    storage: Storage

    @property
    def id(self) -> str:
        """What it is known by."""
        return self.record.id

    @property
    def run_id(self) -> str:
        """The run that made it."""
        return self.record.run_id

    @functools.cached_property
    def labels(self) -> tuple[str, ...]:
        """The labels that it knows, sorted."""
        return self._engine.classifier.tree.labels

    @functools.cached_property
    def card(self) -> dict[str, Any]:
        """What it was made from, how good it is, what it cannot do."""
        return dict(json.loads(self._files[bundle.CARD]))

    def identify(self, *photographs: str | Path | bytes) -> Answer:
        """The answer about one fruit, from one photograph or several views of it, each a path or
        the file's bytes.

        Raises UnusableError, with the reason, if one cannot be read; OSError if it is not there.
        """
        contents = [
            one if isinstance(one, bytes) else Path(one).read_bytes() for one in photographs
        ]
        return answer(self._engine, [self._engine.see(content) for content in contents])

    @functools.cached_property
    def _files(self) -> dict[str, bytes]:
        return bundle.load(self.storage, self.record)

    @functools.cached_property
    def _engine(self) -> Engine:
        return Engine.of(self._files)
