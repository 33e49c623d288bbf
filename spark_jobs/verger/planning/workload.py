"""How much work a plan leaves for each stage, in units that the stage's time is proportional to.

Importing and extracting are counted in photographs. Counting words takes as long as there are
words, and components as long as the square of that: they are counted in photographs at 1,000 words.
Fitting a vocabulary is counted in descriptors of its training sample, at 1,000 words too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from verger.catalogue.collection import Segment
from verger.contract import (
    BUILD_VOCABULARY,
    EXTRACT_DESCRIPTORS,
    IMPORT_IMAGES,
    PIVOT_HISTOGRAMS,
    REDUCE_PCA,
    STAGES,
    TRAIN_CLASSIFIER,
    StageRecord,
)
from verger.lake.address import Address
from verger.lake.checkpoint import Checkpoint
from verger.lake.store import Lake
from verger.planning.plan import Plan

# To read a photograph's descriptors and draw none takes as long as to fit so many.
DRAWING = 2.5
# Of a photograph's principal components, half the time is the fit and half the projection.
FIT, PROJECTION = 0.5, 0.5


@dataclass(frozen=True)
class _Part:
    """What a stage has to do of a collection: photographs, and the checkpoints that are there."""

    missing: int
    found: tuple[Checkpoint, ...]


def planned_work(plan: Plan, lake: Lake) -> dict[str, float]:
    """The units of every stage: what is in the lake already is no work, what is refitted is."""
    recipe, words = plan.recipe, _words(plan)
    extracted = _part(plan, lake, recipe.descriptors)
    work = {
        IMPORT_IMAGES: float(_part(plan, lake, recipe.images).missing),
        EXTRACT_DESCRIPTORS: float(extracted.missing),
        BUILD_VOCABULARY: 0.0,
        PIVOT_HISTOGRAMS: _part(plan, lake, recipe.histograms).missing * words,
        REDUCE_PCA: _part(plan, lake, recipe.projections).missing * PROJECTION * words**2,
        TRAIN_CLASSIFIER: float(plan.photographs if _untrained(plan, lake) else 0),
    }
    if plan.model is None:
        if lake.find(*recipe.fitted_vocabulary.id) is None:
            work[BUILD_VOCABULARY] = _fit_work(plan, _sample(plan, extracted.found))
        if lake.find(*recipe.fitted_pca.id) is None:
            work[REDUCE_PCA] += plan.photographs * FIT * words**2
    # A stage that is not known here works on everything, as far as money is concerned.
    return {stage: work.get(stage, float(plan.photographs)) for stage in STAGES}


def _untrained(plan: Plan, lake: Lake) -> bool:
    """A classifier learns from all photographs, or it is there."""
    return bool(plan.segments) and lake.find(*plan.recipe.classifier.id) is None


def done_work(plan: Plan, record: StageRecord) -> float:
    """The units that a stage worked off, as it recorded them."""
    if record.reused:
        return 0.0
    done, words = record.photographs_done, _words(plan)
    if record.stage == BUILD_VOCABULARY:
        return _fit_work(plan, int(record.metrics.get("trained_on", 0)))
    if record.stage == PIVOT_HISTOGRAMS:
        return done * words
    if record.stage == REDUCE_PCA:
        fitted = 0 if plan.model else plan.photographs
        return (done * PROJECTION + fitted * FIT) * words**2
    return float(done)


def _part(plan: Plan, lake: Lake, address_of: Callable[[str], Address]) -> _Part:
    there = lake.find_each([address_of(segment.id).id for segment in plan.segments])
    missing = sum(
        segment.photographs
        for segment, found in zip(plan.segments, there, strict=True)
        if found is None and not _is_copied(segment, lake, address_of)
    )
    return _Part(missing, tuple(found for found in there if found is not None))


def _is_copied(segment: Segment, lake: Lake, address_of: Callable[[str], Address]) -> bool:
    """Whether a segment is made of others that are there: copying takes next to no time."""
    sources = lake.find_each([address_of(of).id for of in segment.sources])
    return bool(sources) and None not in sources


def _words(plan: Plan) -> float:
    """Thousands of words; a thousand at least, as fewer save little."""
    return max(1.0, (plan.model.k if plan.model else plan.preset.words.k) / 1000)


def _fit_work(plan: Plan, sample: int) -> float:
    return sample * _words(plan) * plan.preset.words.restarts + plan.photographs * DRAWING


def _sample(plan: Plan, extracted: tuple[Checkpoint, ...]) -> int:
    """Descriptors of the training sample, as many as a photograph has had so far; where none has
    been looked at, as many as it may have.
    """
    images = sum(of["images"] for c in extracted for of in c.manifest.labels.values())
    descriptors = sum(c.manifest.metrics["descriptors"] for c in extracted)
    each = descriptors / images if images else plan.preset.extractor.n_features
    settings = plan.preset.words
    available = int(plan.photographs * each)
    if settings.sample_per_word is None:
        return available
    return min(available, settings.sample_per_word * settings.k)
