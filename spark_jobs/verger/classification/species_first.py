"""How classifiers answered before their version 3: the species first, then the label in it.

Nothing chooses these weights any more; models that were published with them answer by them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from verger.classification.calibration import softmax
from verger.classification.moments import Matrix
from verger.classification.tree import Tree
from verger.config.heads import HeadSettings, is_mixed


@dataclass(frozen=True)
class SpeciesFirst:
    """``support``: what a head that generalises adds to a label's score. ``recognition``: what a
    recognised label adds to its species' score. Temperatures make probabilities of scores.
    """

    support: float
    recognition: float
    species_temperature: float
    label_temperature: float

    def probabilities(
        self, settings: Sequence[HeadSettings], scores: Sequence[Matrix], tree: Tree
    ) -> Matrix:
        """Probabilities of labels (n x c): that of the species, times that of the label in it."""
        species = softmax(self._species(settings, scores, tree), self.species_temperature)
        labels = self._labels(settings, scores)
        within = np.zeros_like(labels)
        for one in range(len(tree.species)):
            members = np.flatnonzero(tree.species_of == one)
            within[:, members] = softmax(labels[:, members], self.label_temperature)
        return species[:, tree.species_of] * within

    def pull(self, head: int, weights: Matrix, tree: Tree) -> Matrix:  # noqa: ARG002
        """What each column of a head's rows adds to each label (d x c): its own weights alone."""
        return weights

    def _labels(self, settings: Sequence[HeadSettings], scores: Sequence[Matrix]) -> Matrix:
        weights = np.ones(len(settings))
        if is_mixed(settings):
            weights = np.array([self.support if of.generalises else 1.0 for of in settings])
        total = sum(w * s for w, s in zip(weights, scores, strict=True))
        return np.asarray(total / weights.sum())

    def _species(
        self, settings: Sequence[HeadSettings], scores: Sequence[Matrix], tree: Tree
    ) -> Matrix:
        if not is_mixed(settings):
            return tree.summed(np.asarray(sum(scores)), "species")
        far = [s for of, s in zip(settings, scores, strict=True) if of.generalises]
        near = [s for of, s in zip(settings, scores, strict=True) if not of.generalises]
        recognised = np.maximum(np.asarray(sum(near)) / len(near), 0) ** 3
        total = tree.summed(np.asarray(sum(far)), "species")
        return total + self.recognition * tree.highest(recognised, "species")
