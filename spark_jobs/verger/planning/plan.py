"""What a run will do, decided before anything costs money, and kept where every stage reads it.

    <lake>/runs/<run id>/plan.json

The plan pins the run: its photographs, its settings, its models. Stages that come later, retries
and other runs beside it cannot make it look at anything else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from verger.catalogue.collection import Change, Segment
from verger.config.settings import Preset
from verger.contract import (
    BUILD_VOCABULARY,
    EXTRACT_DESCRIPTORS,
    IMPORT_IMAGES,
    PIVOT_HISTOGRAMS,
    REDUCE_PCA,
    STAGES,
    plan_key,
)
from verger.documents import Document
from verger.errors import ObjectGoneError, VergerError
from verger.lake.checkpoint import CheckpointId
from verger.lake.registry import Model
from verger.objects.storage import Storage, address_of
from verger.planning.recipe import PCA, VOCABULARY, Recipe

_REMEDY = "plan the run again (clear its task plan, or use `verger plan --run`)"


@dataclass(frozen=True)
class UnusedSetting:
    """A setting that the run does not use: as asked for, and as the published model has it."""

    name: str
    asked: str
    used: str


@dataclass(frozen=True)
class Plan(Document):
    """One run: ``images`` is the address below which its collection lies, ``catalogue`` the key of
    the state that it looks at, made out of the state ``base``, ``collection`` the digest of all its
    photographs.

    ``model`` is the published one that it reuses; without, it fits its own. ``unused`` are the
    settings that it was asked for in vain, because that model was fitted with others.
    ``ignored`` counts the other objects below the address, by the reason why each is no photograph.
    """

    run_id: str
    images: str
    preset: Preset
    opencv: str
    catalogue: str
    collection: str
    segments: tuple[Segment, ...]
    changes: Mapping[str, Change]
    model: Model | None
    base: str = ""
    unused: tuple[UnusedSetting, ...] = ()
    ignored: Mapping[str, int] = field(default_factory=dict)

    @property
    def recipe(self) -> Recipe:
        """What determines its checkpoints."""
        return Recipe(self.preset, self.opencv, self.collection, self.model)

    @property
    def total(self) -> Change:
        """The changes of all labels."""
        return sum(self.changes.values(), Change())

    @property
    def photographs(self) -> int:
        """Files of the collection, good and bad."""
        return sum(segment.photographs for segment in self.segments)

    def checkpoints(self) -> dict[str, list[CheckpointId]]:
        """The checkpoints that each stage has to bring into being or find.

        None where the last photograph was deleted: there is nothing to make anything of.
        """
        if not self.segments:
            return {stage: [] for stage in STAGES}
        recipe, ids = self.recipe, [segment.id for segment in self.segments]
        by_segment = {
            stage: [address(of).id for of in ids]
            for stage, address in (
                (IMPORT_IMAGES, recipe.images),
                (EXTRACT_DESCRIPTORS, recipe.descriptors),
                (PIVOT_HISTOGRAMS, recipe.histograms),
                (REDUCE_PCA, recipe.projections),
            )
        }
        return {
            IMPORT_IMAGES: by_segment[IMPORT_IMAGES],
            EXTRACT_DESCRIPTORS: by_segment[EXTRACT_DESCRIPTORS],
            BUILD_VOCABULARY: [(VOCABULARY, recipe.vocabulary)],
            PIVOT_HISTOGRAMS: [*by_segment[PIVOT_HISTOGRAMS], recipe.bovw.id],
            REDUCE_PCA: [(PCA, recipe.pca), *by_segment[REDUCE_PCA], recipe.features.id],
        }

    def store(self, storage: Storage) -> None:
        """Write it where the stages of the run find it."""
        storage.write(plan_key(self.run_id), self.to_json())


def read_plan(storage: Storage, run_id: str) -> Plan:
    """The plan of a run. Raises VergerError if it has none that can be read."""
    key = plan_key(run_id)
    try:
        content = storage.read(key)
        return Plan.from_json(content, address_of(storage, key), _REMEDY)
    except ObjectGoneError as error:
        raise VergerError(f"run {run_id} has no plan: make it first with `verger plan`") from error
