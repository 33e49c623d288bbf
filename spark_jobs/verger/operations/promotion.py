"""Publish what a run has fitted, once its gates have passed; go back to what was before."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from verger.errors import VergerError
from verger.gates import vocabulary as health
from verger.lake.checkpoint import Lake
from verger.lake.registry import Model, Published
from verger.operations.summary import label_distances
from verger.planning.plan import Plan, read_plan
from verger.planning.recipe import PCA, VOCABULARY


def publish(lake: Lake, run_id: str) -> Model | None:
    """Make the models of a run the ones that later runs reuse; returns them, also where this run
    has published them before. None if another run did, or if there was nothing to fit them to.

    Raises VergerError if the run lacks them, or if the vocabulary is unfit.
    """
    plan = read_plan(lake.storage, run_id)
    if not plan.segments:
        return None
    model = _fitted(lake, plan)
    published = Published.change(
        lake.storage, model.preset, lambda before: before.promoted(model, by=run_id)
    )
    return published.current if published.moved_by == run_id else None


def roll_back(lake: Lake, preset: str, model_id: str, by: str) -> Model:
    """Make an earlier model the current one again: the one named, or the one before.

    ``by`` names the rollback: one that is repeated stays where it went. Raises VergerError if there
    is no such model.
    """
    # Chosen before anything is written: a model that is published meanwhile changes nothing.
    seen = Published.read(lake.storage, preset).rolled_back(model_id, by)
    target = seen.models[0].id
    published = Published.change(
        lake.storage, preset, lambda before: before.rolled_back(target, by)
    )
    return published.models[0]


def _fitted(lake: Lake, plan: Plan) -> Model:
    recipe = plan.recipe
    words = lake.find(VOCABULARY, recipe.vocabulary)
    components = lake.find(PCA, recipe.pca)
    if words is None or components is None:
        raise VergerError(f"run {plan.run_id} has no models to publish: let it finish first")
    health.approve(words, plan.preset.limits)
    together = f"{recipe.vocabulary} {recipe.pca}"
    return Model(
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
        run_id=plan.run_id,
        published=datetime.now(UTC).isoformat(timespec="microseconds"),
    )
