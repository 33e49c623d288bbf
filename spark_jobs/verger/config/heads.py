"""The blocks of features, and which of them a linear head sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from verger.config.blocks import ViewName

ORB, COLOUR, STATISTICS = "orb", "colour", "statistics"
# Fisher vectors: of colour and of edges, of the whole frame and of its middle.
FISHER_WHOLE, FISHER_CENTRE = "fisher_whole", "fisher_centre"
EDGES_WHOLE, EDGES_CENTRE = "edges_whole", "edges_centre"
NETWORK_WHOLE, NETWORK_CENTRE = "network_whole", "network_centre"
# What the network is shown for each of its blocks.
NETWORK_VIEWS: Mapping[str, ViewName] = {NETWORK_WHOLE: "whole", NETWORK_CENTRE: "centre"}


@dataclass(frozen=True)
class HeadSettings:
    """One linear head of the classifier.

    ``standardise`` gives every column of its blocks the same variance. ``generalises``: it knows
    species by varieties that it has never seen; the others recognise what they have seen. What is
    new is told by the rows of the last head that generalises.
    """

    name: str
    blocks: tuple[str, ...]
    standardise: bool = False
    generalises: bool = False


RECOGNITION = HeadSettings("recognition", (ORB, COLOUR))
GENERALISATION = HeadSettings("generalisation", (STATISTICS,), standardise=True, generalises=True)
HEADS = (RECOGNITION, GENERALISATION)


def is_mixed(heads: Sequence[HeadSettings]) -> bool:
    """Whether some heads generalise and others recognise."""
    return len({of.generalises for of in heads}) == 2


def heads_for(
    blocks: Sequence[str], heads: Sequence[HeadSettings] = HEADS
) -> tuple[HeadSettings, ...]:
    """The heads that these blocks are seen by; a head without any of its blocks is none."""
    present = ((of, tuple(block for block in of.blocks if block in blocks)) for of in heads)
    return tuple(
        HeadSettings(of.name, there, of.standardise, of.generalises)
        for of, there in present
        if there
    )
