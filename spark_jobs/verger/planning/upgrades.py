"""What a new release makes in another way than the one whose model is in use.

A checkpoint's version is a part of its address, so nothing old is ever mistaken for new: what has
another version now is made again, once, and so is all that is made of it. This says so before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from verger.config.heads import COLOUR, STATISTICS
from verger.contract import STAGES
from verger.lake.address import Address, CheckpointId
from verger.lake.store import Lake
from verger.planning.recipe import Recipe

# <place>/<kind>/<fingerprint>/<attempt>/<table>
_TABLE = re.compile(r".*/(?P<kind>[a-z_]+)/(?P<fingerprint>[0-9a-f]{16})/[0-9a-f]+/[^/]+")


@dataclass(frozen=True)
class Upgrade:
    """A kind of checkpoint that is made in another way than before: both versions."""

    kind: str
    before: int
    now: int

    def __str__(self) -> str:
        return (
            f"this release makes {self.kind} in another way (version {self.now}, was "
            f"{self.before}): they and what follows from them are made again, once; old ones stay "
            "until the vacuum removes them"
        )


def upgrades(recipe: Recipe, lake: Lake, run_id: str) -> tuple[Upgrade, ...]:
    """The kinds whose version differs from that in the checkpoints of an earlier run."""
    now = versions(recipe)
    before = {
        found.manifest.kind: found.manifest.version
        for found in lake.find_each(list(_made_by(lake, run_id).values()))
        if found is not None
    }
    return tuple(
        Upgrade(kind, version, now[kind])
        for kind, version in before.items()
        if now.get(kind, version) != version
    )


def versions(recipe: Recipe) -> dict[str, int]:
    """The version of each kind of checkpoint that a run of that recipe makes."""
    return {address.kind: address.version for address in _addresses(recipe)}


def _addresses(recipe: Recipe) -> Iterator[Address]:
    some = recipe.collection
    yield from (recipe.images(some), recipe.descriptors(some), recipe.fitted_vocabulary)
    yield from (recipe.histograms(some), recipe.bovw, recipe.fitted_pca)
    yield from (recipe.projections(some), recipe.features, recipe.classifier)
    if COLOUR in recipe.blocks:
        yield from (recipe.patches(some), recipe.fitted_colour_vocabulary)
        yield recipe.colour_histograms(some)
    if STATISTICS in recipe.blocks:
        yield recipe.statistics(some)
    for block in recipe.fisher_blocks:
        yield from (recipe.fisher_samples(block, some), recipe.fitted_mixture(block))
        yield recipe.fisher_vectors(block, some)
    for block in recipe.preset.network_blocks:
        yield recipe.network_features(block, some)


def _made_by(lake: Lake, run_id: str) -> Mapping[str, CheckpointId]:
    """One checkpoint of each kind that the run has recorded."""
    found: dict[str, CheckpointId] = {}
    for stage in STAGES:
        record = lake.noted(run_id, stage)
        for addresses in record.tables.values() if record else ():
            for place in filter(None, map(_TABLE.fullmatch, addresses[:1])):
                found.setdefault(place["kind"], (place["kind"], place["fingerprint"]))
    return found
