"""Which presets there are: whole ways of doing it, each with models of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from verger.config.blocks import ColourSettings, FisherSettings, GradientSettings
from verger.config.heads import (
    EDGES_CENTRE,
    EDGES_WHOLE,
    FISHER_CENTRE,
    FISHER_WHOLE,
    GENERALISATION,
    NETWORK_CENTRE,
    NETWORK_WHOLE,
    RECOGNITION,
    HeadSettings,
)
from verger.config.settings import FRUITS, SEED, Preset
from verger.contract import PRESETS
from verger.errors import SettingsError

_PATCHES = ColourSettings(side=300, sizes=(8, 16, 32, 64))
_EDGES = GradientSettings()


def _alone(blocks: Sequence[str]) -> tuple[HeadSettings, ...]:
    """A head for each block, all of them for varieties never seen."""
    return tuple(HeadSettings(block, (block,), generalises=True) for block in blocks)


_FISHER = (EDGES_WHOLE, EDGES_CENTRE, FISHER_WHOLE, FISHER_CENTRE)
_NETWORK = (NETWORK_WHOLE, NETWORK_CENTRE)

# Cluttered photographs: no white background and no mask, so the whole frame and its middle. The
# blocks and heads are those that benchmarks/quality measures; ORB's words stay for the features.
SHOP = replace(
    FRUITS,
    name="shop",
    blocks=_FISHER,
    fisher={
        FISHER_WHOLE: FisherSettings(colour=replace(_PATCHES, view="whole")),
        FISHER_CENTRE: FisherSettings(colour=replace(_PATCHES, view="centre")),
        EDGES_WHOLE: FisherSettings(edges=replace(_EDGES, view="whole")),
        EDGES_CENTRE: FisherSettings(edges=replace(_EDGES, view="centre")),
    },
    every_head=_alone(_FISHER),
)
FRUITS_NETWORK = replace(
    FRUITS,
    name="fruits+network",
    blocks=(*FRUITS.blocks, NETWORK_WHOLE),
    every_head=(RECOGNITION, GENERALISATION, *_alone((NETWORK_WHOLE,))),
)
SHOP_NETWORK = replace(
    SHOP,
    name="shop+network",
    blocks=(*SHOP.blocks, *_NETWORK),
    every_head=_alone((*_FISHER, *_NETWORK)),
)
_THERE = {of.name: of for of in (FRUITS, SHOP, FRUITS_NETWORK, SHOP_NETWORK, SEED)}


def preset(name: str) -> Preset:
    """The preset of that name. Raises SettingsError for any other."""
    if name not in PRESETS:
        raise SettingsError(f"preset {name!r} does not exist; choose {' or '.join(PRESETS)}")
    return _THERE[name]
