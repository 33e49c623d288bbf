"""Which blocks of features a linear head sees, and what it is good for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class HeadSettings:
    """One linear head of the classifier.

    ``standardise`` gives every column of its blocks the same variance. ``generalises``: it knows
    species by varieties that it has never seen; the others recognise what they have seen.
    """

    name: str
    blocks: tuple[str, ...]
    standardise: bool = False
    generalises: bool = False


ORB, COLOUR, STATISTICS = "orb", "colour", "statistics"
VLAD, NETWORK = "vlad", "network"
HEADS = (
    HeadSettings("recognition", (ORB, COLOUR)),
    HeadSettings("generalisation", (STATISTICS,), standardise=True, generalises=True),
    HeadSettings("vlad", (VLAD,), generalises=True),
    HeadSettings("network", (NETWORK,), generalises=True),
)


def heads_for(blocks: tuple[str, ...]) -> tuple[HeadSettings, ...]:
    """The heads that these blocks are seen by; a head without any of its blocks is none."""
    present = ((of, tuple(block for block in of.blocks if block in blocks)) for of in HEADS)
    return tuple(
        HeadSettings(of.name, there, of.standardise, of.generalises)
        for of, there in present
        if there
    )
