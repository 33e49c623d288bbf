"""Which photographs a team lacks: label by label what there is, how well it does left out, and what
to bring.

Accuracy is of photographs left out with their neighbouring frames, and of varieties left out whole:
what a fruit of a variety that nobody has photographed would be told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from verger.catalogue.labels import Name, Names, names_of
from verger.classification.groups import frame_of
from verger.classification.moments import Matrix

FEW_PHOTOGRAPHS, FEW_VARIETIES = 40, 4
DARK, PALE, DULL = 70, 190, 14  # of 255: lightness, lightness, distance from gray
# Hues by the angle in the plane of a and b, in degrees: up to each, the colour.
HUES = ((50, "red"), (80, "orange"), (110, "yellow"), (200, "green"), (330, "violet"), (360, "red"))


@dataclass(frozen=True)
class Answered:
    """One photograph that was learnt from: its label and file, the answer when its neighbours were
    left out, and the species answered when its variety was (None where it has no other).
    """

    label: str
    img_name: str
    answer: str
    unseen_species: str | None


@dataclass(frozen=True)
class Coverage:
    """What there is of a label. ``right`` is the share of its photographs whose label is right with
    their neighbours left out, ``right_unseen`` that whose species is without its whole variety.
    """

    label: str
    species: str
    variety: str
    maturity: str
    photographs: int
    films: int
    colour: str
    right: float
    right_unseen: float | None
    missing: tuple[str, ...] = ()


def cover(
    answers: Sequence[Answered], overrides: Names, colours: Mapping[str, str]
) -> list[Coverage]:
    """Every label, the worst first; ``colours`` are those of labels, where they are known."""
    by_label: dict[str, list[Answered]] = {}
    for one in answers:
        by_label.setdefault(one.label, []).append(one)
    names = names_of(sorted(by_label), overrides)
    found = [
        _covered(label, names[label], of, colours.get(label, "")) for label, of in by_label.items()
    ]
    told = [_with_missing(one, found) for one in found]
    return sorted(told, key=lambda of: (_worst(of), of.label))


def colour_name(lab: Matrix) -> str:
    """What people call a median colour (L, a, b as bytes)."""
    light, red, yellow = lab[0], lab[1] - 128, lab[2] - 128
    if light < DARK:
        return "dark"
    if np.hypot(red, yellow) < DULL:
        return "white" if light > PALE else "gray"
    angle = float(np.degrees(np.arctan2(yellow, red))) % 360
    return next(name for limit, name in HUES if angle <= limit)


def _covered(label: str, name: Name, of: Sequence[Answered], colour: str) -> Coverage:
    films = {frame.series if (frame := frame_of(one.img_name, label)) else "" for one in of}
    unseen = [one.unseen_species == name.species for one in of if one.unseen_species is not None]
    return Coverage(
        label,
        name.species,
        name.variety,
        name.maturity,
        len(of),
        len(films),
        colour,
        round(sum(one.answer == label for one in of) / len(of), 4),
        round(sum(unseen) / len(unseen), 4) if unseen else None,
    )


def _with_missing(one: Coverage, found: Sequence[Coverage]) -> Coverage:
    missing = []
    alike = [of for of in found if of.species == one.species]
    varieties = {of.variety for of in alike}
    if one.photographs < FEW_PHOTOGRAPHS:
        missing.append(f"photographs: {one.photographs}, bring {FEW_PHOTOGRAPHS} or more")
    if one.films < 2:
        missing.append("views: one film alone; show calyx, stem and side")
    if len(varieties) < FEW_VARIETIES:
        missing.append(f"varieties of {one.species}: {len(varieties)}")
    elif one.colour and not any(
        of.colour == one.colour and of.variety != one.variety for of in alike
    ):
        missing.append(f"another {one.colour} variety of {one.species}")
    return Coverage(**{**vars(one), "missing": tuple(missing)})


def _worst(of: Coverage) -> float:
    return min(of.right, of.right if of.right_unseen is None else of.right_unseen)
