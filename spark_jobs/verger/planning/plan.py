"""What a run will do, decided before anything costs money, and kept where every stage reads it.

    <lake>/runs/<run id>/plan.json

The plan pins the run: its photographs, its settings, its models. Stages that come later, retries
and other runs beside it cannot make it look at anything else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from verger.catalogue.collection import Change, Segment
from verger.catalogue.labels import Name
from verger.config.heads import COLOUR, STATISTICS
from verger.config.settings import Preset
from verger.contract import (
    BUILD_VOCABULARY,
    EXTRACT_DESCRIPTORS,
    IMPORT_IMAGES,
    PIVOT_HISTOGRAMS,
    REDUCE_PCA,
    STAGES,
    TRAIN_CLASSIFIER,
    plan_key,
)
from verger.documents import Document
from verger.errors import ObjectGoneError, VergerError
from verger.lake.address import Address, CheckpointId
from verger.lake.registry import Model
from verger.objects.storage import Storage, address_of
from verger.planning.recipe import COLOUR_VOCABULARY, MIXTURE, PCA, VOCABULARY, Recipe
from verger.planning.upgrades import Upgrade

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
    ``names`` and ``facts`` are the team's own.
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
    names: Mapping[str, Name] = field(default_factory=dict)
    unlearnt: tuple[str, ...] = ()
    facts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    upgrades: tuple[Upgrade, ...] = ()

    @property
    def recipe(self) -> Recipe:
        """What determines its checkpoints."""
        return Recipe(self.preset, self.opencv, self.collection, self.model, self.names)

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
        recipe, colours = self.recipe, COLOUR in self.recipe.blocks
        return {
            IMPORT_IMAGES: self._each(recipe.images),
            EXTRACT_DESCRIPTORS: [
                *self._each(recipe.descriptors),
                *(self._each(recipe.patches) if colours else ()),
                *(self._each(recipe.statistics) if STATISTICS in recipe.blocks else ()),
                *self._each_of(recipe.fisher_samples, recipe.fisher_blocks),
                *self._each_of(recipe.network_features, self.preset.network_blocks),
            ],
            BUILD_VOCABULARY: [
                (VOCABULARY, recipe.vocabulary),
                *([(COLOUR_VOCABULARY, recipe.colour_vocabulary)] if colours else ()),
                *((MIXTURE, recipe.mixture(block)) for block in recipe.fisher_blocks),
            ],
            PIVOT_HISTOGRAMS: [
                *self._each(recipe.histograms),
                recipe.bovw.id,
                *(self._each(recipe.colour_histograms) if colours else ()),
                *self._each_of(recipe.fisher_vectors, recipe.fisher_blocks),
            ],
            REDUCE_PCA: [(PCA, recipe.pca), *self._each(recipe.projections), recipe.features.id],
            TRAIN_CLASSIFIER: [
                *([self.first_answers.id] if self.first_answers else ()),
                recipe.classifier.id,
            ],
        }

    @property
    def first_answers(self) -> Address | None:
        """What the model in use says of photographs that it has not learnt from; None where there
        is no such model, or nothing new.
        """
        return self.recipe.first_answers(self.unlearnt)

    def _each(self, address: Callable[[str], Address]) -> list[CheckpointId]:
        """A checkpoint for every segment."""
        return [address(segment.id).id for segment in self.segments]

    def _each_of(
        self, address: Callable[[str, str], Address], blocks: Sequence[str]
    ) -> list[CheckpointId]:
        """A checkpoint of each block for every segment."""
        return [of for block in blocks for of in self._each(partial(address, block))]

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
