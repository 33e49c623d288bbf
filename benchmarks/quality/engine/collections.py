"""The photographs of all protocols, with the rows of the blocks that look at them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from benchmarks.quality.album import Album, by_label, by_variety
from benchmarks.quality.engine import shop
from benchmarks.quality.engine.blocks import Block, Extraction
from benchmarks.quality.engine.learner import Known, Sets
from benchmarks.quality.engine.shop import Shop
from verger.catalogue.labels import Name, parse
from verger.config.blocks import (
    ColourSettings,
    NetworkSettings,
    StatisticsSettings,
)
from verger.config.heads import HeadSettings
from verger.config.presets import SHOP
from verger.config.settings import FRUITS

ALL = 10**9

# What the presets `fruits` and `shop` look at; the network is the team's choice.
STUDIO = (
    Block("orb", FRUITS.extractor),
    Block("colour", ColourSettings()),
    Block("statistics", StatisticsSettings()),
)
STALL = tuple(Block(name, of, of.components) for name, of in SHOP.fisher.items())
STALL_STATISTICS = Block("statistics_centre", StatisticsSettings(view="centre"))
STUDIO_HEADS = (
    HeadSettings("recognition", ("orb", "colour")),
    HeadSettings("generalisation", ("statistics",), standardise=True, generalises=True),
)
STALL_HEADS = (
    *(HeadSettings(of.name, (of.name,), generalises=True) for of in STALL),
    HeadSettings(
        STALL_STATISTICS.name, (STALL_STATISTICS.name,), standardise=True, generalises=True
    ),
)
NETWORK_HEADS = tuple(
    HeadSettings(name, (name,), generalises=True) for name in ("network_whole", "network_centre")
)


def network_blocks(settings: NetworkSettings) -> tuple[Block, ...]:
    """The network on the whole frame and on its middle."""
    return (
        Block("network_whole", replace(settings, view="whole")),
        Block("network_centre", replace(settings, view="centre")),
    )


@dataclass(frozen=True)
class Places:
    """Where photographs are, and what is kept of what was computed."""

    images: Path
    varieties: Path
    shop: Path
    kept: Path
    network: Path | None


@dataclass(frozen=True)
class Collections:
    """Albums and their rows, read and computed as they are asked for."""

    places: Places
    network: NetworkSettings | None

    @cached_property
    def training(self) -> Album:
        """Studio photographs that are learnt from: label = folder."""
        return by_label(self.places.images / "Training", ALL)

    @cached_property
    def test(self) -> Album:
        """Frames between those of `training`."""
        return by_label(self.places.images / "Test", ALL)

    @cached_property
    def varieties(self) -> Album:
        """Varieties of a few species, each its own label."""
        album = by_variety(self.places.varieties, ALL)
        return Album(album.root, album.paths, album.varieties, album.varieties)

    @cached_property
    def variety_names(self) -> Mapping[str, Name]:
        """The species of each variety is the folder that it lies in."""
        return {
            path.parent.name: Name(path.parent.parent.name, path.parent.name)
            for path in self.varieties.paths
        }

    @cached_property
    def shop_training(self) -> Shop:
        """Shop photographs that are learnt from."""
        return shop.read(self.places.shop / "train")

    @cached_property
    def shop_asked(self) -> Shop:
        """Those of other visits."""
        return shop.read(self.places.shop / "val")

    def studio(self, album: Album, sets: Sets) -> Known:
        """Photographs with rows whose words were fitted to studio photographs."""
        names = self.variety_names if album is self.varieties else {}
        labels = sorted({str(label) for label in album.labels})
        named = {label: names.get(label) or parse(label) for label in labels}
        return self._known(album, named, sets, self.training)

    def stall(self, part: Shop, sets: Sets) -> Known:
        """Photographs with rows whose words were fitted to shop photographs."""
        return self._known(part.album, part.names(), sets, self.shop_training.album)

    def shop_as_studio(self, part: Shop, sets: Sets) -> Known:
        """Shop photographs with rows whose words were fitted to studio photographs."""
        return self._known(part.album, part.names(), sets, self.training)

    def _known(self, album: Album, names: Mapping[str, Name], sets: Sets, fitted: Album) -> Known:
        wanted = {block for heads in sets.values() for head in heads for block in head.blocks}
        networks = network_blocks(self.network) if self.network else ()
        rows = {
            block.name: Extraction(block, fitted, self.places.kept, self.places.network).rows(album)
            for block in (*STUDIO, *STALL, STALL_STATISTICS, *networks)
            if block.name in wanted
        }
        return Known.of(album, names, rows)
