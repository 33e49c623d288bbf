"""Retention: remove checkpoints that no published model and no recent run refers to.

Kept is what can still be asked for: every published model (the history too, so that a rollback
works), the latest state of every collection, and all that runs younger than a limit refer to.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from verger.catalogue.store import FOLDER, LATEST
from verger.contract import PRESETS
from verger.errors import SettingsError
from verger.lake.checkpoint import Lake
from verger.lake.registry import Published
from verger.objects.storage import StoredObject
from verger.planning.plan import Plan
from verger.planning.recipe import (
    BOVW,
    DESCRIPTORS,
    FEATURES,
    HISTOGRAMS,
    IMAGES,
    PCA,
    PROJECTIONS,
    VOCABULARY,
)

KINDS = (IMAGES, DESCRIPTORS, VOCABULARY, HISTOGRAMS, BOVW, PCA, PROJECTIONS, FEATURES)


@dataclass(frozen=True)
class Vacuumed:
    """What was found, and what was removed (or would be, where ``deleted`` is false)."""

    kept: int
    removed: tuple[str, ...]
    removed_bytes: int
    deleted: bool


def vacuum(lake: Lake, keep_days: float, *, delete: bool) -> Vacuumed:
    """Look through the whole lake; remove only if asked to.

    What is younger than the limit is kept whatever refers to it: a run may be writing it.
    """
    if not keep_days > 0:
        raise SettingsError(f"--keep-days {keep_days}: use a number above 0")
    oldest = datetime.now(UTC) - timedelta(days=keep_days)
    kept = set(_referred(lake, oldest))
    found: dict[str, list[StoredObject]] = defaultdict(list)
    for kind in KINDS:
        for item in lake.storage.list(kind, etags=False):
            found["/".join(item.key.split("/")[:2])].append(item)
    dead = {
        place: objects
        for place, objects in found.items()
        if place not in kept and not any(_younger(item, oldest) for item in objects)
    }
    if delete:
        for objects in dead.values():
            # The manifest goes first: from then on the checkpoint does not exist.
            keys = sorted((o.key for o in objects), key=lambda key: key.count("/"))
            lake.storage.delete(keys[:1])
            lake.storage.delete(keys[1:])
    size = sum(item.size for objects in dead.values() for item in objects)
    return Vacuumed(len(found) - len(dead), tuple(sorted(dead)), size, delete)


def _referred(lake: Lake, oldest: datetime) -> Iterator[str]:
    """Places (kind/fingerprint) that must stay."""
    for preset in PRESETS:
        for model in Published.read(lake.storage, preset).all:
            yield f"{VOCABULARY}/{model.vocabulary}"
            yield f"{PCA}/{model.pca}"
    latest = _latest_states(lake)
    for item in lake.storage.list("runs", etags=False):
        if not item.key.endswith("/plan.json"):
            continue
        plan = Plan.from_json(lake.storage.read(item.key))
        if plan.catalogue in latest or _younger(item, oldest):
            for needed in plan.checkpoints().values():
                yield from (f"{kind}/{fingerprint}" for kind, fingerprint in needed)


def _latest_states(lake: Lake) -> set[str]:
    pointers = (
        item.key
        for item in lake.storage.list(FOLDER, etags=False)
        if item.key.endswith(f"/{LATEST}")
    )
    return {json.loads(lake.storage.read(key))["catalogue"] for key in pointers}


def _younger(item: StoredObject, oldest: datetime) -> bool:
    return item.modified is None or item.modified > oldest
