"""From the scores of several heads to probabilities of labels, and of species as their sums.

A label is as likely as its score by each head that generalises, and the score of its species, make
it: a softmax of their weighted sum. A species' score is the sum of the scores of its labels, and a
species is as likely as its labels together. Heads that recognise what they have seen add to that in
two places alone, for they are lost before a variety that they have not seen: they tell the labels
of one species apart; and a species gains where any of its labels is recognised, by the highest
score that one has, cubed. Cubed, because a fruit that was seen before scores near 1, and one that
was not below a half: an eighth of it is left.
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
class Mixture:
    """What is weighed by how much: by each head the score of a label and the score of its species
    (0 for a head that only recognises), and how far any label of the species is recognised.
    """

    labels: tuple[float, ...]
    species: tuple[float, ...]
    recognised: float = 0.0

    def probabilities(
        self, settings: Sequence[HeadSettings], scores: Sequence[Matrix], tree: Tree
    ) -> Matrix:
        """Probabilities of labels (n x c) from the scores of each head (n x c)."""
        return self.mix(Terms.of(settings, scores, tree), tree)

    def mix(self, terms: Terms, tree: Tree) -> Matrix:
        """Probabilities of labels (n x c)."""
        far = np.zeros_like(terms.labels[0])
        near = np.zeros_like(far)
        for place, labels in enumerate(terms.labels):
            if (species := terms.species[place]) is None:
                near += self.labels[place] * labels
            else:
                far += (
                    self.labels[place] * labels + self.species[place] * species[:, tree.species_of]
                )
        if terms.recognised is None:
            return softmax(far, 1.0)
        of_species = tree.log_summed(far, "species") + self.recognised * terms.recognised
        within = far + near
        apart = of_species - tree.log_summed(within, "species")
        return softmax(within + apart[:, tree.species_of], 1.0)

    def pull(self, head: int, weights: Matrix, tree: Tree) -> Matrix:
        """What each column of a head's rows adds to each label (d x c), by its weights (d x c)."""
        of_species = tree.summed(weights, "species")[:, tree.species_of]
        return np.asarray(self.labels[head] * weights + self.species[head] * of_species)


@dataclass(frozen=True)
class Terms:
    """What is weighed, of n photographs: by each head the scores of labels (n x c), and of species
    (n x s) where it tells them; and how far a label of each species is recognised (n x s).
    """

    labels: Sequence[Matrix]
    species: Sequence[Matrix | None]
    recognised: Matrix | None

    @classmethod
    def of(cls, settings: Sequence[HeadSettings], scores: Sequence[Matrix], tree: Tree) -> Terms:
        """The terms of scores by each head (n x c)."""
        tells = tells_species(settings)
        species = [
            tree.summed(of, "species") if far else None
            for far, of in zip(tells, scores, strict=True)
        ]
        near = [of for far, of in zip(tells, scores, strict=True) if not far]
        if not near:
            return cls(scores, species, None)
        recognised = np.maximum(np.asarray(sum(near)) / len(near), 0) ** 3
        return cls(scores, species, tree.highest(recognised, "species"))


def tells_species(settings: Sequence[HeadSettings]) -> list[bool]:
    """Whether each head tells species: those that generalise; all where none recognises beside
    them.
    """
    return [of.generalises or not is_mixed(settings) for of in settings]
