"""Publish what a run has learnt, once its gates have passed; go back to what was before."""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from verger.catalogue.facts import Facts, known_facts
from verger.config.heads import COLOUR
from verger.contract import publication_key
from verger.errors import VergerError
from verger.gates import classifier as accuracy
from verger.gates import vocabulary as health
from verger.lake import bundle, networks
from verger.lake.checkpoint import Checkpoint
from verger.lake.registry import Model, Published
from verger.lake.store import Lake
from verger.operations.model_card import LEVELS, as_markdown, card
from verger.operations.summary import label_distances
from verger.planning.plan import Plan, read_plan
from verger.planning.recipe import CLASSIFIER, PCA, VOCABULARY

log = logging.getLogger("verger")


@dataclass(frozen=True)
class Learnt:
    """The checkpoints that make a model."""

    words: Checkpoint
    components: Checkpoint
    classifier: Checkpoint


def publish(lake: Lake, run_id: str) -> Model | None:
    """Make the model of a run the one that later runs reuse and that answers photographs; returns
    it, also where this run has published it before. None if another run did, or if there was
    nothing to learn from. What was decided, and why, is kept beside the run's records.

    Raises VergerError if the run lacks it, if its vocabulary is unfit, or if its classifier is
    worse than the one in use.
    """
    plan = read_plan(lake.storage, run_id)
    if not plan.segments:
        return None
    learnt = _learnt(lake, plan)
    try:
        model = _promote(lake, plan, learnt)
    except VergerError as error:
        _note(lake, run_id, {"published": False, "why": str(error)})
        raise
    _note(lake, run_id, {"published": model is not None, "model": model.id if model else None})
    return model


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


def _learnt(lake: Lake, plan: Plan) -> Learnt:
    recipe = plan.recipe
    needed = ((VOCABULARY, recipe.vocabulary), (PCA, recipe.pca), recipe.classifier.id)
    found = [checkpoint for checkpoint in lake.find_each(needed) if checkpoint]
    if len(found) < len(needed):
        raise VergerError(f"run {plan.run_id} has no models to publish: let it finish first")
    return Learnt(*found)


def _promote(lake: Lake, plan: Plan, learnt: Learnt) -> Model | None:
    health.approve(learnt.words, plan.preset.limits)
    model = _model(lake, plan, learnt)
    if plan.model and plan.model.id == model.id:
        return None  # it was in use when the run began: a rollback since then stays
    current = Published.read(lake.storage, model.preset).current
    if current and current.id == model.id:
        complete = current
    else:
        if current and (in_use := _classifier_of(lake, current)):
            accuracy.approve(learnt.classifier, in_use, plan.preset.limits.lost_accuracy)
        complete = _with_bundle(lake, plan, model, learnt.classifier)
    published = Published.change(
        lake.storage,
        model.preset,
        lambda before: before.promoted(before.dated(complete), by=plan.run_id),
    )
    return published.current if published.moved_by == plan.run_id else None


def _classifier_of(lake: Lake, model: Model) -> Checkpoint | None:
    """A published model's classifier; None where there is none to be compared with."""
    if not model.classifier:
        return None
    found = lake.find(CLASSIFIER, model.classifier)
    if found is None:
        log.warning("the classifier in use has lost its checkpoint: nothing is compared with it")
    return found


def _model(lake: Lake, plan: Plan, learnt: Learnt) -> Model:
    recipe = plan.recipe
    colours = recipe.colour_vocabulary if COLOUR in recipe.blocks else ""
    mixtures = {block: recipe.mixture(block) for block in recipe.fisher_blocks}
    parts = (recipe.vocabulary, recipe.pca, colours, *mixtures.values())
    together = " ".join((*parts, recipe.classifier.fingerprint))
    # Words that are reused were fitted to the labels of then.
    distances = plan.model.distances if plan.model else label_distances(lake, plan)
    return Model(
        id=hashlib.sha256(together.encode()).hexdigest()[:12],
        preset=plan.preset.name,
        extractor=recipe.extractor,
        vocabulary=recipe.vocabulary,
        pca=recipe.pca,
        k=int(learnt.words.manifest.metrics["k"]),
        pca_k=int(learnt.components.manifest.metrics["pca_k"]),
        mean_distance=health.report_on(learnt.words).mean_distance,
        distances=distances,
        photographs=plan.photographs,
        run_id=plan.run_id,
        published=datetime.now(UTC).isoformat(timespec="microseconds"),
        colour_vocabulary=colours,
        mixtures=mixtures,
        classifier=recipe.classifier.fingerprint,
    )


def _with_bundle(lake: Lake, plan: Plan, model: Model, classifier: Checkpoint) -> Model:
    """The model with its bundle, which is written, and with what is known of its accuracy."""
    metrics = json.loads(classifier.read_file(bundle.METRICS_FILE))
    told = card(plan, model, metrics)
    settings = bundle.Settings(model.id, plan.preset, plan.opencv, plan.recipe.blocks)
    copied = (
        bundle.CLASSIFIER_FILE,
        bundle.WORDS_FILE,
        bundle.GALLERY_FILE,
        bundle.METRICS_FILE,
        *(bundle.mixture_file(block) for block in plan.recipe.fisher_blocks),
    )
    content = bundle.pack(
        {
            bundle.SETTINGS: settings.to_json(),
            bundle.FACTS_FILE: Facts(known_facts(plan.facts)).to_json(),
            bundle.CARD: _json(told),
            bundle.CARD_TEXT: as_markdown(told).encode(),
            **{name: classifier.read_file(name) for name in copied},
            **_network(lake, plan),
        }
    )
    known_by = bundle.digest(content)
    lake.storage.write(bundle.key_of(model.preset, known_by), content)
    shares = {level: metrics[level]["accuracy"] for level in LEVELS}
    return replace(model, bundle=known_by, accuracy=shares)


def _network(lake: Lake, plan: Plan) -> dict[str, bytes]:
    """The network travels with the bundle: whoever answers needs nothing else."""
    network = plan.preset.network
    return {bundle.NETWORK_FILE: networks.read(lake.storage, network)} if network else {}


def _note(lake: Lake, run_id: str, decision: dict[str, object]) -> None:
    lake.storage.write(publication_key(run_id), _json(decision))


def _json(told: object) -> bytes:
    return json.dumps(told, ensure_ascii=False, indent=1).encode()
