"""Which varieties a judge never sees: seeded draws, balanced over species and varieties."""

from __future__ import annotations

import numpy as np

from benchmarks.quality.album import Names

FOLDS = 3  # a third of the varieties is held out, two thirds train


def draws(species: Names, varieties: Names, repetitions: int, seed: int = 0) -> list[Names]:
    """The varieties that each draw holds out; FOLDS draws for every repetition.

    The draws of one repetition share out all varieties, each species as evenly as it goes, so every
    variety is held out exactly once in each. Raises ValueError if a species has fewer varieties
    than there are folds: some draw would not train on it.
    """
    of_species = {name: np.unique(varieties[species == name]) for name in np.unique(species)}
    for name, members in of_species.items():
        if len(members) < FOLDS:
            raise ValueError(f"{name} has {len(members)} varieties; {FOLDS} are needed")
    random = np.random.default_rng(seed)
    held_out = []
    for _ in range(repetitions):
        folds: list[list[str]] = [[] for _ in range(FOLDS)]
        for members in of_species.values():
            first = random.integers(FOLDS)  # or the first fold would get every remainder
            for place, variety in enumerate(random.permutation(members)):
                folds[(first + place) % FOLDS].append(variety)
        held_out += [np.array(sorted(fold)) for fold in folds]
    return held_out
