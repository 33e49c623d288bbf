"""Which photographs are left out together: whole varieties, or neighbouring views of one fruit.

Neighbouring frames of a film are near duplicates, so a random split would ask a classifier about
what it has seen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from verger.classification.tree import Indices, Tree

FOLDS = 3
NEVER = -1  # the fold of what is not left out


def variety_folds(tree: Tree) -> Indices:
    """The fold of each label when whole varieties are left out; NEVER for a species that would
    have nothing left.

    A species with one variety is parted by its labels: they are different fruits.
    """
    folds = np.full(len(tree.labels), NEVER, np.int64)
    for species in range(len(tree.species)):
        labels = np.flatnonzero(tree.species_of == species)
        groups = tree.variety_of[labels]
        if len(set(groups)) == 1:
            groups = labels
        distinct = sorted(set(groups))
        if len(distinct) > 1:
            place = {group: (species + i) % FOLDS for i, group in enumerate(distinct)}
            folds[labels] = [place[group] for group in groups]
    return folds


@dataclass(frozen=True)
class Frame:
    """Where a photograph stands in a film: the film's name, and its own number."""

    series: str
    number: int


def frame_of(img_name: str, label: str) -> Frame | None:
    """What a file's name says: ``r_12_100.jpg`` is frame 12 of series r. None: no number.

    The first number counts the frames, later ones (a size) do not; words are the series.
    """
    stem = img_name.removeprefix(f"{label}_").rsplit(".", 1)[0]
    words = [word for word in re.split(r"[\s_-]+", stem) if word]
    numbers = [int(word) for word in words if word.isdecimal() and len(word) < 10]
    if not numbers:
        return None
    series = [word.lower() for word in words if re.fullmatch(r"[A-Za-z]+\d?", word)]
    return Frame("_".join(series), numbers[0])


def frame_fold(photo: str, frame: Frame | None, first: int, last: int) -> int:
    """The fold of a photograph when neighbours are left out together: a third of its film.

    Where the name has no number each photograph stands alone: its id decides.
    """
    if frame is None:
        return int(photo[:8], 16) % FOLDS
    return (frame.number - first) * FOLDS // (last - first + 1)
