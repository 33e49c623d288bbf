"""How a plan is made: list the photographs, compare, look for what is there already."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from verger.catalogue.collection import Catalogue, advance
from verger.catalogue.keys import EXTENSIONS, is_photograph, label_of
from verger.catalogue.store import CatalogueStore
from verger.config.settings import Preset
from verger.contract import BUILD_VOCABULARY, STAGES, StageRecord
from verger.documents import DocumentError
from verger.errors import NoPhotographsError, VergerError
from verger.gates import vocabulary as health
from verger.lake.checkpoint import Checkpoint, CheckpointId, Lake
from verger.lake.records import record_of
from verger.lake.registry import Model, Published
from verger.objects.storage import StoredObject
from verger.planning.plan import Plan
from verger.planning.recipe import Recipe

log = logging.getLogger("verger")


@dataclass(frozen=True)
class RunRequest:
    """What is asked of a run: photographs below ``images``, of some ``labels`` or of all (none
    named), by a preset. ``reuse`` takes the published models where there are some; ``rebuild``
    imports everything anew, whatever earlier runs have imported.
    """

    run_id: str
    images: str
    preset: Preset
    labels: tuple[str, ...] = ()
    reuse: bool = False
    rebuild: bool = False


def make_plan(
    request: RunRequest, lake: Lake, listing: Iterable[StoredObject], opencv: str
) -> Plan:
    """Decide what the run will do, and keep it in the lake.

    Raises VergerError, with what to do, if there are no photographs or nothing fits.
    """
    photographs = [item for item in listing if is_photograph(item.key)]
    catalogues = CatalogueStore(lake.storage, request.images)
    base = _base(request, catalogues)
    before = Catalogue() if request.rebuild else catalogues.read(base)
    _check_labels(request, photographs, before)
    ahead = advance(before, photographs, request.labels)
    if not ahead.catalogue.photographs:
        kinds = ", ".join(sorted(EXTENSIONS))
        raise NoPhotographsError(
            f"no photographs below {request.images}; put image files ({kinds}) there, "
            "one folder for each label"
        )
    plan = Plan(
        run_id=request.run_id,
        images=request.images,
        preset=request.preset,
        opencv=opencv,
        catalogue=catalogues.add(ahead.catalogue, before),
        collection=ahead.catalogue.digest,
        segments=ahead.segments,
        changes=ahead.changes,
        model=_model(request, lake, opencv),
        base=base,
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
    return plan


def _base(request: RunRequest, catalogues: CatalogueStore) -> str:
    """Key of the state that the run starts from. A rebuild does not need to know it."""
    try:
        return catalogues.latest()
    except DocumentError:
        if request.rebuild:
            return ""
        raise


def _check_labels(request: RunRequest, listing: Sequence[StoredObject], before: Catalogue) -> None:
    if not request.labels:
        return
    known = {label_of(key) for key in (*(item.key for item in listing), *before.photographs)}
    if missing := sorted(set(request.labels) - known):
        there = sorted(label for label in known if label)
        shown = ", ".join(there[:20]) + (", …" if len(there) > 20 else "")
        raise VergerError(
            f"no photographs of {', '.join(missing)} below {request.images}; "
            f"the labels there are: {shown or 'none'}"
        )


def _model(request: RunRequest, lake: Lake, opencv: str) -> Model | None:
    model = Published.read(lake.storage, request.preset.name).current if request.reuse else None
    if model is None:
        return None
    recipe = Recipe(request.preset, opencv, collection="")
    if model.extractor != recipe.extractor:
        raise VergerError(
            f"the published model {model.id} was fitted to descriptors of another extractor "
            f"(OpenCV {model.extractor.get('opencv')}, now {opencv}): fit a new vocabulary"
        )
    return model


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
    found = lake.find_each(needed)
    whole = [checkpoint for checkpoint in found if checkpoint is not None]
    return whole if len(whole) == len(found) else None


def _unfit(plan: Plan, checkpoints: Sequence[Checkpoint]) -> bool:
    (vocabulary,) = checkpoints
    try:
        health.approve(vocabulary, plan.preset.limits)
    except VergerError:
        return True
    return False
