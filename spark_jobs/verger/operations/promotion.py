"""Publish what a run has fitted, once its gates have passed; go back to what was before."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from verger.errors import VergerError
from verger.gates import vocabulary as health
from verger.lake.checkpoint import Lake
from verger.lake.registry import Model, Published
from verger.operations.summary import label_distances
from verger.planning.plan import read_plan
from verger.planning.recipe import PCA, VOCABULARY


def publish(lake: Lake, run_id: str) -> Model | None:
    """Make the models of a run the ones that later runs reuse; None if they are that already.

    Raises VergerError if the run lacks them, or if the vocabulary is unfit.
    """
    plan = read_plan(lake.storage, run_id)
    recipe = plan.recipe
    words = lake.find(VOCABULARY, recipe.vocabulary)
    components = lake.find(PCA, recipe.pca)
    if words is None or components is None:
        raise VergerError(f"run {run_id} has no models to publish: let it finish first")
    health.approve(words, plan.preset.limits)
    together = f"{recipe.vocabulary} {recipe.pca}"
    model = Model(
        id=hashlib.sha256(together.encode()).hexdigest()[:12],
        preset=plan.preset.name,
        extractor=recipe.extractor,
        vocabulary=recipe.vocabulary,
        pca=recipe.pca,
        k=int(words.manifest.metrics["k"]),
        pca_k=int(components.manifest.metrics["pca_k"]),
        mean_distance=health.report_on(words).mean_distance,
        distances=label_distances(lake, plan),
        photographs=plan.photographs,
        run_id=run_id,
        published=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    before = Published.read(lake.storage, model.preset)
    if before.current and before.current.id == model.id:
        return None
    before.promote(lake.storage, model)
    return model


def roll_back(lake: Lake, preset: str, model_id: str = "") -> Model:
    """Make an earlier model the current one again: the one named, or the one before.

    Raises VergerError if there is no such model.
    """
    published = Published.read(lake.storage, preset)
    model = published.rolled_back(model_id)
    published.promote(lake.storage, model)
    return model
