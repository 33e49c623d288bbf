"""From the scores of several heads to probabilities of species and labels.

A species' score is the sum of its labels' scores by the heads that generalise, and what is
recognised is added: the highest score that any of its labels has by the other heads, cubed. Cubed,
because a fruit that was seen before scores near 1, and one that was not below a half: an eighth of
it is left. On 36 varieties of Fruits-360 a plain sum loses six points on varieties never seen, this
one less than one, with the same answers about fruits that were seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from verger.classification.calibration import UNKNOWN, best_temperature, softmax
from verger.classification.moments import Matrix
from verger.classification.tree import Indices, Tree
from verger.config.heads import HeadSettings

RECOGNITIONS = (0.0, 0.5, 1.0, 2.0, 4.0)
SUPPORTS = (0.0, 0.25, 0.5, 1.0)


@dataclass(frozen=True)
class Mixture:
    """``support``: what a head that generalises adds to a label's score. ``recognition``: what a
    recognised label adds to its species' score. Temperatures make probabilities of scores.
    """

    support: float = 0.5
    recognition: float = 1.0
    species_temperature: float = UNKNOWN
    label_temperature: float = UNKNOWN

    def label_scores(self, settings: Sequence[HeadSettings], scores: Sequence[Matrix]) -> Matrix:
        """Scores of labels (n x c) from those of the heads: their weighted mean."""
        weights = np.ones(len(settings))
        if _mixed(settings):
            weights = np.array([self.support if of.generalises else 1.0 for of in settings])
        total = sum(w * s for w, s in zip(weights, scores, strict=True))
        return np.asarray(total / weights.sum())

    def species_scores(
        self, settings: Sequence[HeadSettings], scores: Sequence[Matrix], tree: Tree
    ) -> Matrix:
        """Scores of species (n x s)."""
        if not _mixed(settings):
            return tree.summed(np.asarray(sum(scores)), "species")
        far = [s for of, s in zip(settings, scores, strict=True) if of.generalises]
        near = [s for of, s in zip(settings, scores, strict=True) if not of.generalises]
        recognised = np.maximum(np.asarray(sum(near)) / len(near), 0) ** 3
        total = tree.summed(np.asarray(sum(far)), "species")
        return total + self.recognition * tree.highest(recognised, "species")

    def probabilities(
        self, settings: Sequence[HeadSettings], scores: Sequence[Matrix], tree: Tree
    ) -> Matrix:
        """Probabilities of labels (n x c): that of the species, times that of the label in it."""
        species = softmax(self.species_scores(settings, scores, tree), self.species_temperature)
        labels = self.label_scores(settings, scores)
        within = np.zeros_like(labels)
        for one in range(len(tree.species)):
            members = np.flatnonzero(tree.species_of == one)
            within[:, members] = softmax(labels[:, members], self.label_temperature)
        return species[:, tree.species_of] * within


@dataclass(frozen=True)
class Evidence:
    """Scores of photographs by heads that had not seen them, with their labels, and what each
    photograph weighs.
    """

    scores: tuple[Matrix, ...]
    truth: Indices
    weights: Matrix

    @classmethod
    def of(cls, scores: Sequence[Matrix], truth: Indices, tree: Tree) -> Evidence:
        """Every label that was left out weighs 1, however many photographs it has."""
        counts = np.bincount(truth, minlength=len(tree.labels))
        return cls(tuple(scores), truth, 1 / counts[truth])


def choose(
    settings: Sequence[HeadSettings], tree: Tree, frames: Evidence, varieties: Evidence
) -> Mixture:
    """The mixture that is best on what was left out: neighbouring frames for labels; for species
    whole varieties, too.
    """
    both = [part for part in (frames, varieties) if len(part.truth)]
    if not both:
        return Mixture()
    mixed = _mixed(settings)
    supports = [Mixture(support) for support in (SUPPORTS if mixed else (0.0,))]
    labels = _best([_fit_labels(tried, settings, frames, tree) for tried in supports])
    mixtures = [
        replace(labels, recognition=recognition)
        for recognition in (RECOGNITIONS if mixed else (0.0,))
    ]
    return _best([_fit_species(tried, settings, both, tree) for tried in mixtures])


@dataclass(frozen=True)
class Fitted:
    """A mixture with its temperature, and how it did on what was left out."""

    mixture: Mixture
    errors: float
    loss: float


def _best(tried: Sequence[Fitted]) -> Mixture:
    """The one with the fewest errors, then with the smallest loss."""
    return min(tried, key=lambda of: (of.errors, of.loss)).mixture


def _fit_labels(
    mixture: Mixture, settings: Sequence[HeadSettings], evidence: Evidence, tree: Tree
) -> Fitted:
    """Only what tells labels of one species apart: the others are the species' business."""
    same = tree.species_of[evidence.truth][:, None] == tree.species_of
    several = same.sum(axis=1) > 1
    scores = np.where(same, mixture.label_scores(settings, evidence.scores), -np.inf)[several]
    truth, weights = evidence.truth[several], evidence.weights[several]
    temperature, errors, loss = _judge(scores, truth, weights)
    return Fitted(replace(mixture, label_temperature=temperature), errors, loss)


def _fit_species(
    mixture: Mixture, settings: Sequence[HeadSettings], parts: Sequence[Evidence], tree: Tree
) -> Fitted:
    scores = np.concatenate([mixture.species_scores(settings, of.scores, tree) for of in parts])
    truth = np.concatenate([tree.species_of[of.truth] for of in parts])
    weights = np.concatenate([of.weights for of in parts])
    temperature, errors, loss = _judge(scores, truth, weights)
    return Fitted(replace(mixture, species_temperature=temperature), errors, loss)


def _judge(scores: Matrix, truth: Indices, weights: Matrix) -> tuple[float, float, float]:
    """The best temperature, the share of errors, the loss."""
    if not len(truth):
        return UNKNOWN, 0.0, 0.0
    temperature, loss = best_temperature(scores, truth, weights)
    return temperature, float(np.average(scores.argmax(axis=1) != truth, weights=weights)), loss


def _mixed(settings: Sequence[HeadSettings]) -> bool:
    """Whether some heads generalise and others recognise."""
    return len({of.generalises for of in settings}) == 2
