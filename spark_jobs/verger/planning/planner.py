"""How a plan is made: list the photographs, compare, look for what is there already."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from verger.catalogue.collection import Advance, Catalogue, Segment, advance
from verger.catalogue.ignored import count_ignored, out_of_sight, why_ignored
from verger.catalogue.keys import EXTENSIONS, label_of
from verger.catalogue.labels import Name
from verger.catalogue.merging import merge_small
from verger.catalogue.store import CatalogueStore
from verger.config.settings import Preset
from verger.contract import BUILD_VOCABULARY, IMPORT_IMAGES, STAGES, StageRecord
from verger.documents import DocumentError
from verger.errors import NoPhotographsError, VergerError
from verger.gates import vocabulary as health
from verger.lake import networks
from verger.lake.address import CheckpointId
from verger.lake.checkpoint import Checkpoint
from verger.lake.records import record_of
from verger.lake.registry import Model, Published
from verger.lake.store import Lake
from verger.objects.storage import StoredObject, at_once
from verger.planning.plan import Plan, UnusedSetting, read_plan
from verger.planning.recipe import PCA, VOCABULARY, WHOLE, Recipe
from verger.planning.upgrades import Upgrade, upgrades

log = logging.getLogger("verger")
LABELS_SHOWN = 20


@dataclass(frozen=True)
class RunRequest:
    """What is asked of a run: photographs below ``images``, of some ``labels`` or of all (none
    named), by a preset. ``reuse`` takes the published models where there are some; ``rebuild``
    imports everything anew, whatever earlier runs have imported. ``names`` are what the team says
    that its labels stand for, ``facts`` what it says of its species.
    """

    run_id: str
    images: str
    preset: Preset
    labels: tuple[str, ...] = ()
    reuse: bool = False
    rebuild: bool = False
    names: Mapping[str, Name] = field(default_factory=dict)
    facts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def make_plan(
    request: RunRequest,
    lake: Lake,
    listing: Iterable[StoredObject],
    opencv: str,
    waiting: Collection[str] = (),
) -> Plan:
    """Decide what the run will do, and keep it in the lake.

    ``listing`` is all that there is; the keys that are ``waiting`` belong to deliveries that are
    not complete: they are not looked at yet, and what an earlier run has of them stays.
    Raises VergerError, with what to do, if there are no photographs or nothing fits.
    """
    request = replace(request, preset=networks.equipped(request.preset, lake.storage))
    listing = list(listing)
    photographs = [item for item in listing if why_ignored(item) is None]
    catalogues = CatalogueStore(lake.storage, request.images)
    base = _base(request, catalogues)
    before = Catalogue() if request.rebuild else catalogues.read(base)
    _check_labels(request, photographs, before)
    unseen = {*waiting, *out_of_sight(before.photographs, listing)}
    ahead = advance(before, photographs, request.labels, unseen)
    if not ahead.catalogue.photographs and not before.photographs:
        raise NoPhotographsError(_nothing(request, photographs))
    model, unused = _published(request, lake, opencv)
    if ahead.changes or model is None:  # nothing new alone is no reason for a cluster
        for of_one_kind in _mergeable(request, lake, ahead, opencv):
            ahead = merge_small(ahead, of_one_kind)
    plan = Plan(
        run_id=request.run_id,
        images=request.images,
        preset=request.preset,
        opencv=opencv,
        catalogue=catalogues.add(ahead.catalogue, before),
        collection=ahead.catalogue.digest,
        segments=ahead.segments,
        changes=ahead.changes,
        model=model,
        base=base,
        names=request.names,
        facts=request.facts,
        unlearnt=_unlearnt(model, lake, ahead.segments, set(before.segment_of.values())),
        unused=unused,
        upgrades=_upgrades(request, lake, opencv),
        ignored=count_ignored(listing),
    )
    plan.store(lake.storage)
    log.info(
        "%d photographs below %s: %d new, %d changed, %d deleted; segments: %d; %s",
        plan.photographs,
        plan.images,
        plan.total.new,
        plan.total.changed,
        plan.total.deleted,
        len(plan.segments),
        f"with the published model {plan.model.id}" if plan.model else "fitting its own models",
    )
    for reason, files in plan.ignored.items():
        log.info("ignored: %d, %s", files, reason)
    for upgrade in plan.upgrades:
        log.warning("%s", upgrade)
    for setting in plan.unused:
        log.warning(
            "%s %s is not used: the published model has %s",
            setting.name,
            setting.asked,
            setting.used,
        )
    return plan


def _upgrades(request: RunRequest, lake: Lake, opencv: str) -> tuple[Upgrade, ...]:
    """What this release makes in another way than the run whose model is in use."""
    current = Published.read(lake.storage, request.preset.name).current
    if current is None:
        return ()
    return upgrades(Recipe(request.preset, opencv, collection=""), lake, current.run_id)


def _unlearnt(
    model: Model | None, lake: Lake, segments: Sequence[Segment], before: set[str]
) -> tuple[str, ...]:
    """The segments that this run brings and that a published classifier has not learnt from: what
    was there ``before`` has been asked about already, and is no work for a run without news.
    """
    if model is None or not model.classifier:
        return ()
    try:
        learnt = {segment.id for segment in read_plan(lake.storage, model.run_id).segments}
    except VergerError as error:
        log.warning("what model %s has learnt from is not known: %s", model.id, error)
        return ()
    known = learnt | before
    return tuple(of.id for of in segments if of.id not in known and not of.sources)


def _mergeable(
    request: RunRequest, lake: Lake, ahead: Advance, opencv: str
) -> tuple[set[str], ...]:
    """The segments that are to be decoded, those that were imported only, and those that have their
    descriptors: to merge some of one kind adds nothing to decode or to extract.
    """
    recipe = Recipe(request.preset, opencv, collection="")
    ids = [segment.id for segment in ahead.segments]
    needed = [address(of).id for of in ids for address in (recipe.images, recipe.descriptors)]
    found = [checkpoint is not None for checkpoint in lake.find_each(needed)]
    has = dict(zip(ids, zip(found[::2], found[1::2], strict=True), strict=True))
    copied = {segment.id for segment in ahead.segments if segment.sources}
    absent = {of for of in ids if not has[of][0]} - copied
    imported, whole = (
        {of for of in ids if has[of] == (True, extracted)} for extracted in (False, True)
    )
    return absent, imported, whole


def _base(request: RunRequest, catalogues: CatalogueStore) -> str:
    """Key of the state that the run starts from. A rebuild does not need to know it."""
    try:
        return catalogues.latest()
    except DocumentError:
        if request.rebuild:
            return ""
        raise


def _nothing(request: RunRequest, waiting: Sequence[StoredObject]) -> str:
    if waiting:
        return (
            f"all {len(waiting)} photographs below {request.images} belong to deliveries that are "
            "not complete yet (Airflow variable verger_delivery says when they are)"
        )
    kinds = ", ".join(sorted(EXTENSIONS))
    return (
        f"no photographs below {request.images}; put image files ({kinds}) there, "
        "one folder for each label"
    )


def _check_labels(request: RunRequest, listing: Sequence[StoredObject], before: Catalogue) -> None:
    if not request.labels:
        return
    known = {label_of(key) for key in (*(item.key for item in listing), *before.photographs)}
    if missing := sorted(set(request.labels) - known):
        there = sorted(label for label in known if label)
        raise VergerError(
            f"no photographs of {_some(missing)} below {request.images}; "
            f"the labels there are: {_some(there) or 'none'}"
        )


def _some(labels: Sequence[str]) -> str:
    more = len(labels) - LABELS_SHOWN
    return ", ".join(labels[:LABELS_SHOWN]) + (f" and {more:,} more" if more > 0 else "")


def _published(
    request: RunRequest, lake: Lake, opencv: str
) -> tuple[Model | None, tuple[UnusedSetting, ...]]:
    """The published model that the run reuses, and the settings that it does not use therefore."""
    model = Published.read(lake.storage, request.preset.name).current if request.reuse else None
    if model is None:
        return None, ()
    recipe = Recipe(request.preset, opencv, collection="")
    if model.extractor != recipe.extractor:
        raise VergerError(
            f"the published model {model.id} was fitted to descriptors of another extractor "
            f"(OpenCV {model.extractor.get('opencv')}, now {opencv}): fit a new vocabulary"
        )
    words = lake.find(VOCABULARY, model.vocabulary, content=True)
    components = lake.find(PCA, model.pca, content=True)
    if words is None or components is None:
        raise VergerError(
            f"the published model {model.id} is gone or damaged in the lake: fit a new vocabulary, "
            "or go back to an earlier model (DAG rollback_model, `verger rollback`)"
        )
    asked = request.preset
    unused_words = _unused("", asdict(asked.words), words.manifest.parameters)
    unused_pca = _unused("pca_", asdict(asked.pca), components.manifest.parameters)
    return model, (*unused_words, *unused_pca)


def _unused(
    prefix: str, asked: Mapping[str, Any], used: Mapping[str, Any]
) -> Iterator[UnusedSetting]:
    for name, value in asked.items():
        if isinstance(value, Mapping):
            yield from _unused(f"{prefix}{name}_", value, used.get(name, {}))
        elif name in used and used[name] != value:
            yield UnusedSetting(f"{prefix}{name}", str(value), str(used[name]))


def settle(plan: Plan, lake: Lake, found: Mapping[str, StageRecord]) -> None:
    """Note the stages that were found to have no work as done by the run."""
    for record in found.values():
        lake.note(plan.run_id, record)
    if IMPORT_IMAGES in found:
        # No stage will: whatever this state of the collection holds is imported already.
        catalogues = CatalogueStore(lake.storage, plan.images)
        catalogues.make_latest(plan.catalogue, plan.base, by=plan.run_id)


def reusable(plan: Plan, lake: Lake) -> dict[str, StageRecord]:
    """The stages whose checkpoints all lie in the lake already, with the records they give.

    A vocabulary that its gate would stop is not among them: its stage has to say so.
    """
    found: dict[str, StageRecord] = {}
    for stage, needed in plan.checkpoints().items():
        checkpoints = find_all(lake, needed)
        if checkpoints is None or (stage == BUILD_VOCABULARY and _unfit(plan, checkpoints)):
            continue
        found[stage] = record_of(stage, checkpoints, reused=True, seconds=0.0)
    return found


def to_do(plan: Plan, lake: Lake) -> list[str]:
    """The stages that have work."""
    found = reusable(plan, lake)
    return [stage for stage in STAGES if stage not in found]


def find_all(lake: Lake, needed: Sequence[CheckpointId]) -> list[Checkpoint] | None:
    """All of these checkpoints, or None if one is missing."""
    there = list(at_once(lambda of: lake.find(*of, content=of[0] in WHOLE), needed))
    found = [checkpoint for checkpoint in there if checkpoint is not None]
    return found if len(found) == len(there) else None


def _unfit(plan: Plan, checkpoints: Sequence[Checkpoint]) -> bool:
    try:
        for vocabulary in checkpoints:
            if vocabulary.manifest.kind == VOCABULARY:
                health.approve(vocabulary, plan.preset.limits)
    except VergerError:
        return True
    return False
