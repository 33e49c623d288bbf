"""Retention: remove checkpoints that no published model and no recent run refers to.

Kept is what can still be asked for: every published model (the history too, so that a rollback
works), the latest state of every collection, and all that runs younger than a limit refer to. What
a document that cannot be read might refer to is kept, too.
"""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from verger.catalogue.store import FOLDER, LATEST, Latest
from verger.config.heads import STATISTICS
from verger.contract import PRESETS
from verger.documents import DocumentError
from verger.errors import ObjectGoneError, SettingsError
from verger.lake.manifest import MANIFEST, Manifest
from verger.lake.registry import Published
from verger.lake.store import Lake
from verger.objects.storage import Storage, StoredObject
from verger.planning.plan import Plan
from verger.planning.recipe import (
    BOVW,
    CLASSIFIER,
    COLOUR_HISTOGRAMS,
    COLOUR_VOCABULARY,
    DESCRIPTORS,
    FEATURES,
    FIRST_ANSWERS,
    FISHER_SAMPLES,
    FISHER_VECTORS,
    HISTOGRAMS,
    IMAGES,
    MIXTURE,
    NETWORK_FEATURES,
    PATCHES,
    PCA,
    PROJECTIONS,
    VOCABULARY,
)

KINDS = (
    IMAGES,
    DESCRIPTORS,
    PATCHES,
    STATISTICS,
    FISHER_SAMPLES,
    NETWORK_FEATURES,
    VOCABULARY,
    COLOUR_VOCABULARY,
    MIXTURE,
    HISTOGRAMS,
    COLOUR_HISTOGRAMS,
    FISHER_VECTORS,
    BOVW,
    PCA,
    PROJECTIONS,
    FEATURES,
    FIRST_ANSWERS,
    CLASSIFIER,
)
# What published models consist of.
LEARNT = (VOCABULARY, COLOUR_VOCABULARY, MIXTURE, PCA, CLASSIFIER)
_PLACE = re.compile(rf"\b(?:{'|'.join(KINDS)})/[0-9a-f]{{16}}\b".encode())
log = logging.getLogger("verger")
# Objects by what holds them: a checkpoint (kind/fingerprint), or one attempt at it.
Places = Mapping[str, Sequence[StoredObject]]


@dataclass(frozen=True)
class Vacuumed:
    """What was found, and what was removed (or would be, where ``deleted`` is false).

    ``removed`` are checkpoints as kind/fingerprint; where the checkpoint stays and an attempt that
    came to nothing goes, kind/fingerprint/attempt.
    """

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
    found = _checkpoints(lake.storage)
    kept = set(_referred(lake.storage, found, oldest))
    unneeded = {place: objects for place, objects in found.items() if place not in kept}
    needed = {place: objects for place, objects in found.items() if place in kept}
    dead = {
        place: objects
        for place, objects in {**unneeded, **_failed_attempts(lake.storage, needed)}.items()
        if not any(_younger(item, oldest) for item in objects)
    }
    if delete:
        for objects in dead.values():
            # The manifest goes first: from then on the checkpoint does not exist.
            keys = sorted((o.key for o in objects), key=lambda key: key.count("/"))
            lake.storage.delete(keys[:1])
            lake.storage.delete(keys[1:])
    size = sum(item.size for objects in dead.values() for item in objects)
    return Vacuumed(len({*found} - {*dead}), tuple(sorted(dead)), size, delete)


def _checkpoints(storage: Storage) -> Places:
    found: dict[str, list[StoredObject]] = defaultdict(list)
    for kind in KINDS:
        for item in storage.list(kind, etags=False):
            found["/".join(item.key.split("/")[:2])].append(item)
    return found


def _failed_attempts(storage: Storage, checkpoints: Places) -> Places:
    """Attempts that the manifest of a checkpoint does not name: they died, or lost a race."""
    failed: dict[str, list[StoredObject]] = defaultdict(list)
    for place, objects in checkpoints.items():
        attempts = {_attempt(item.key) for item in objects if item.key.count("/") > 2}
        if len(attempts) < 2:
            continue
        try:
            manifest = Manifest.from_json(storage.read(f"{place}/{MANIFEST}"), place)
        except DocumentError as error:
            log.warning("%s", error)
            continue
        except ObjectGoneError:
            continue
        named = {_attempt(key) for key in (*manifest.files, *manifest.tables.values())}
        for item in objects:
            if (attempt := _attempt(item.key)) in attempts - named:
                failed[f"{place}/{attempt}"].append(item)
    return failed


def _attempt(key: str) -> str:
    return key.split("/")[2]


def _referred(storage: Storage, found: Places, oldest: datetime) -> Iterator[str]:
    """Places (kind/fingerprint) that must stay."""
    for preset in PRESETS:
        yield from _published(storage, preset, found)
    latest, unknown = _latest_states(storage)
    unplanned = set(latest)
    for item in storage.list("runs", etags=False):
        if not item.key.endswith("/plan.json"):
            continue
        try:
            plan = Plan.from_json(storage.read(item.key), item.key, "what its run names is kept")
        except DocumentError as error:
            log.warning("%s", error)
            yield from _named_beside(storage, item.key)
            continue
        unplanned.discard(plan.catalogue)
        is_latest = plan.catalogue in latest or plan.catalogue.startswith(unknown)
        if is_latest or _younger(item, oldest):
            for needed in plan.checkpoints().values():
                yield from (f"{kind}/{fingerprint}" for kind, fingerprint in needed)
    if unplanned:  # merged out of two runs', or its plan is lost or damaged
        log.warning("all is kept: no plan says what belongs to %s", ", ".join(sorted(unplanned)))
        yield from found


def _published(storage: Storage, preset: str, found: Places) -> Iterator[str]:
    try:
        models = Published.read(storage, preset).models
    except DocumentError as error:
        log.warning("all that any model may consist of is kept: %s", error)
        yield from (place for place in found if place.split("/")[0] in LEARNT)
        return
    for model in models:
        yield f"{VOCABULARY}/{model.vocabulary}"
        yield f"{PCA}/{model.pca}"
        yield f"{COLOUR_VOCABULARY}/{model.colour_vocabulary}"
        yield from (f"{MIXTURE}/{mixture}" for mixture in model.mixtures.values())
        yield f"{CLASSIFIER}/{model.classifier}"


def _named_beside(storage: Storage, plan_key: str) -> Iterator[str]:
    """Checkpoints that any document of the same run names."""
    for item in storage.list(plan_key.rsplit("/", 1)[0], etags=False):
        yield from (place.decode() for place in _PLACE.findall(storage.read(item.key)))


def _latest_states(storage: Storage) -> tuple[set[str], tuple[str, ...]]:
    """Keys of the latest states, and the folders of collections whose latest state is unknown."""
    latest: set[str] = set()
    unknown: list[str] = []
    folders: dict[str, bool] = {}  # of collections: whether a latest state is named
    for item in storage.list(FOLDER, etags=False):
        folder, _, name = item.key.rpartition("/")
        if folder.count("/") == 1:
            folders[folder] = folders.get(folder, False) or name == LATEST
        if name != LATEST:
            continue
        try:
            latest.add(Latest.from_json(storage.read(item.key), item.key).catalogue)
        except DocumentError as error:
            log.warning("all states of that collection are kept: %s", error)
            unknown.append(f"{folder}/")
    for lost in (folder for folder, named in folders.items() if not named):
        log.warning("all states of %s are kept: nothing says which is the latest", lost)
        unknown.append(f"{lost}/")
    return latest, tuple(unknown)


def _younger(item: StoredObject, oldest: datetime) -> bool:
    return item.modified is None or item.modified > oldest
