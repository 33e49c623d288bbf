"""The model that the pages show: the one in use, or an earlier one that was asked for."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from verger.catalogue.labels import Name, names_of
from verger.contract import PRESETS
from verger.errors import VergerError
from verger.lake.bundle import METRICS_FILE
from verger.lake.checkpoint import Checkpoint
from verger.lake.registry import Model, Published
from verger.lake.store import Lake
from verger.planning.plan import Plan, read_plan
from verger.planning.recipe import CLASSIFIER
from verger_pages.memory import remembered

LEVELS = ("species", "variety", "label")
NOTHING_YET = (
    "No model is published yet. Trigger fruit_features: its first run imports the photographs, "
    "learns, and publishes the first model."
)


class NothingToShowError(VergerError):
    """There is nothing to show yet, or not any more; the message says what to do."""


@dataclass(frozen=True)
class Shown:
    """A published model with the plan that it was made by."""

    lake: Lake
    published: Published
    model: Model
    plan: Plan

    @property
    def in_use(self) -> bool:
        """Whether it is the one that answers."""
        return self.published.current == self.model

    @property
    def asked(self) -> str:
        """What has to be asked for again so that it is shown: nothing where it is in use."""
        return "" if self.in_use else self.model.id

    @functools.cached_property
    def classifier(self) -> Checkpoint:
        """Its classifier's checkpoint. Raises NothingToShowError if it has none."""
        found = self.model.classifier and self.lake.find(CLASSIFIER, self.model.classifier)
        if not found:
            raise NothingToShowError(
                f"model {self.model.id} has no classifier in the lake: trigger fruit_features, and "
                "the next run learns one"
            )
        return found

    @property
    def metrics(self) -> Mapping[str, Any]:
        """What is known of how good it is, level by level."""
        key = (self.lake.storage.root, self.model.classifier, METRICS_FILE)
        return remembered(key, lambda: json.loads(self.classifier.read_file(METRICS_FILE)))

    def name(self, label: str) -> Name:
        """What a label stands for."""
        return names_of([label], self.plan.names)[label]


def shown(lake: Lake, model_id: str = "") -> Shown:
    """The model in use, or the one of that id, of the first preset that has it.

    Raises NothingToShowError if there is none, or if the plan that made it is gone.
    """
    for preset in PRESETS:
        published = Published.read(lake.storage, preset)
        for model in published.models:
            if model_id in ("", model.id):
                return _with_plan(lake, published, model)
    if model_id:
        raise NothingToShowError(f"no model {model_id} is published: choose one under Quality")
    raise NothingToShowError(NOTHING_YET)


def _with_plan(lake: Lake, published: Published, model: Model) -> Shown:
    try:
        plan = read_plan(lake.storage, model.run_id)
    except VergerError as error:
        raise NothingToShowError(
            f"the plan of run {model.run_id}, which made model {model.id}, cannot be read "
            f"({error}): trigger fruit_features, and the next model is shown"
        ) from error
    return Shown(lake, published, model, plan)
