"""Lakes with a published model, made without Spark: as large as a test asks for.

Checkpoints, catalogue, plan and model are written by the code that always writes them; what was
photographed, described and answered is drawn from a seed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tests.lake_features import COMPONENTS, K, save_components, save_words
from tests.photographs import jpeg
from verger.catalogue.collection import Catalogue, Change, advance
from verger.catalogue.keys import Identity, identity_of
from verger.catalogue.store import CatalogueStore
from verger.classification.metrics import report
from verger.classification.tree import Tree
from verger.config.settings import FRUITS
from verger.lake import bundle
from verger.lake.draft import Metrics
from verger.lake.registry import Model, Published
from verger.lake.store import Lake
from verger.objects.storage import StoredObject
from verger.operations.model_card import as_markdown, card
from verger.planning.plan import Plan
from verger.spark.answering import by_level
from verger.stages.classifier_tables import class_table, confusion_table, suspect_table
from verger.tables import schemas

WRONG = 0.1  # of the answers


def photographs(folder: Path, labels: dict[str, int]) -> Path:
    """So many drawn photographs of each label below a folder, a fifth of them in Test, and a file
    that is none.
    """
    for label, n in labels.items():
        for i in range(n):
            path = folder / ("Test" if i % 5 == 0 else "Training") / label / f"{i}_100.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(jpeg(len(label) * 1000 + i))
    (folder / "Training" / next(iter(labels)) / "torn.jpg").write_bytes(b"no image")
    return folder


def listed(labels: dict[str, int]) -> list[StoredObject]:
    """The listing of photographs that lie nowhere."""
    return [
        StoredObject(
            f"{'Test' if i % 5 == 0 else 'Training'}/{label}/{i}_100.jpg", 5000, f"{i:032x}"
        )
        for label, n in labels.items()
        for i in range(n)
    ]


def grow(lake: Lake, images: str, listing: list[StoredObject], run_id: str, seed: int = 0) -> Model:
    """A run over a listing of photographs below an address, with everything that it leaves; its
    model is the one in use.
    """
    plan = _planned(lake, images, listing, run_id)
    who = [identity_of(item) for item in sorted(listing, key=lambda of: of.key)]
    who = [of for of in who if of.label and "torn" not in of.img_name]
    rng = np.random.default_rng(seed)
    answers = _answers(who, plan, rng)
    metrics = _save_classifier(lake, plan, answers)
    save_words(lake, plan, answers.select(schemas.WHO), rng)
    save_components(lake, plan, answers.select(schemas.WHO), rng)
    _save_quarantine(lake, plan, listing)
    return _publish(lake, plan, metrics)


def _planned(lake: Lake, images: str, listing: list[StoredObject], run_id: str) -> Plan:
    ahead = advance(Catalogue(), listing)
    key = CatalogueStore(lake.storage, images).add(ahead.catalogue, Catalogue())
    plan = Plan(
        run_id=run_id,
        images=images,
        preset=FRUITS.sized(K, COMPONENTS),
        opencv="5.0",
        catalogue=key,
        collection=ahead.catalogue.digest,
        segments=ahead.segments,
        changes=ahead.changes or {"none": Change()},
        model=None,
    )
    plan.store(lake.storage)
    return plan


def _answers(who: Sequence[Identity], plan: Plan, rng: np.random.Generator) -> pa.Table:
    labels = [of.label for of in who]
    tree = Tree.of(labels, plan.names)
    truth = tree.positions(labels)
    wrong = rng.random(len(who)) < WRONG
    named = np.where(wrong, rng.integers(0, len(tree.labels), len(who)), truth)
    sure = np.where(
        named == truth, 0.8 + 0.2 * rng.random(len(who)), 0.5 + 0.5 * rng.random(len(who))
    )
    columns = {
        **{name: [getattr(of, name) for of in who] for name in schemas.WHO},
        "held_out": [of.split != "Test" for of in who],
        "species": [tree.species[tree.species_of[i]] for i in named],
        "species_probability": sure,
        "variety": [tree.varieties[tree.variety_of[i]] for i in named],
        "variety_probability": sure,
        "answer": [tree.labels[i] for i in named],
        "answer_probability": sure,
        "distance": rng.random(len(who)),
        "unseen_species": [None] * len(who),
    }
    return pa.table(columns, schema=schemas.ANSWERS)


def _save_classifier(lake: Lake, plan: Plan, answers: pa.Table) -> dict[str, Any]:
    tree = Tree.of(answers.column("label").to_pylist(), plan.names)
    judged = answers.filter(pc.invert(answers.column("held_out")))
    levels = by_level(judged, tree)
    metrics = {
        "photographs": len(judged),
        "labels": len(tree.labels),
        "test_split": True,
        **report(tree, levels),
        "unseen_varieties": {"photographs": 0, "labels": 0, "accuracy": 0.0, "standard_error": 0.0},
    }
    draft = lake.draft(plan.recipe.classifier)
    draft.write("answers", answers)
    draft.write("classes", class_table(levels))
    draft.write("confusion", confusion_table(levels))
    draft.write("suspects", suspect_table(answers))
    draft.write_file(bundle.METRICS_FILE, json.dumps(metrics).encode())
    draft.commit(Metrics({"judged": len(judged)}))
    return metrics


def _save_quarantine(lake: Lake, plan: Plan, listing: list[StoredObject]) -> None:
    torn = [item.key for item in listing if "torn" in item.key]
    rows = [{"path": key, "label": "Apple", "reason": "no image", "detail": None} for key in torn]
    (segment,) = plan.segments
    draft = lake.draft(plan.recipe.images(segment.id))
    draft.write("images", schemas.IMAGES.empty_table())
    draft.write("quarantine", pa.Table.from_pylist(rows, schema=schemas.QUARANTINE))
    draft.commit(Metrics({}))


def _publish(lake: Lake, plan: Plan, metrics: dict[str, Any]) -> Model:
    recipe = plan.recipe
    model = Model(
        plan.run_id, "fruits", {}, recipe.vocabulary, recipe.pca, K, COMPONENTS, 50.0, {},
        plan.photographs, plan.run_id, f"2026-11-{26:02}T12:00:00", recipe.colour_vocabulary,
        recipe.classifier.fingerprint,
    )  # fmt: skip
    text = as_markdown(card(plan, model, metrics)).encode()
    packed = bundle.pack({bundle.CARD_TEXT: text})
    accuracy = {level: metrics[level]["accuracy"] for level in ("species", "variety", "label")}
    model = replace(model, bundle=bundle.digest(packed), accuracy=accuracy)
    lake.storage.write(bundle.key_of("fruits", model.bundle), packed)
    Published.change(lake.storage, "fruits", lambda before: before.promoted(model, by=plan.run_id))
    return model
