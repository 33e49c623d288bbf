"""Which weights a mixture has: those with the smallest loss on what was left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from verger.classification.calibration import TINY, Flags
from verger.classification.mixture import Mixture, Terms, tells_species
from verger.classification.moments import Matrix
from verger.classification.tree import Indices, Tree
from verger.config.heads import HeadSettings, is_mixed

# Weights are tried half an octave apart, so that the choice is the same on every machine.
OCTAVE = 2
FIRST, LEAST, MOST = 2 * OCTAVE, -4 * OCTAVE, 7 * OCTAVE
CAUTIOUS = OCTAVE  # where nothing can be left out
USUAL, RECOGNISED = 2.0, (0.0, *(2.0 ** (half / OCTAVE) for half in range(-2, 11)))
SURELY_WRONG = 0.005  # of all photographs, whatever was counted
ROUNDS = 3
ENOUGH = 1e-3  # a round that gains less is the last
Halves = tuple[int, ...]  # weights, as halves of octaves


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
    """The mixture with the smallest loss: of labels where neighbouring frames were left out; of
    species there and where whole varieties were.

    What a recognised label weighs is chosen by the errors, as few of either kind as can be had for
    the other: their shares are multiplied, for known fruits are hardly ever mistaken and new ones
    often. A loss would have it weigh too much.
    """
    near, far = (_Asked.of(settings, part, tree) for part in (frames, varieties))

    def loss(halves: Halves) -> float:
        mixture = _mixture(settings, halves)
        return _loss(near.judge(mixture, tree), far.judge(mixture, tree))

    def errors(mixture: Mixture) -> float:
        return _errors(near.judge(mixture, tree), far.judge(mixture, tree))

    adjustable = len(settings) + sum(tells_species(settings))
    if len(frames.truth) + len(varieties.truth) == 0:
        return _mixture(settings, (CAUTIOUS,) * adjustable)
    mixture = _mixture(settings, _climb(loss, (FIRST,) * adjustable))
    if not is_mixed(settings):
        return mixture
    return min((replace(mixture, recognised=weight) for weight in RECOGNISED), key=errors)


def _mixture(settings: Sequence[HeadSettings], halves: Halves) -> Mixture:
    """The mixture with these weights: those of labels, then those of species."""
    weights = iter(2.0 ** (half / OCTAVE) for half in halves)
    labels = tuple(next(weights) for _ in settings)
    species = tuple(next(weights) if tells else 0.0 for tells in tells_species(settings))
    return Mixture(labels, species, USUAL if is_mixed(settings) else 0.0)


def _climb(loss: Callable[[Halves], float], halves: Halves) -> Halves:
    """Better weights, one after another, each moved as long as the loss gets smaller."""
    best = loss(halves)
    for _ in range(ROUNDS):
        before = best
        for place in range(len(halves)):
            for step in (1, -1):
                while LEAST <= halves[place] + step <= MOST:
                    tried = (*halves[:place], halves[place] + step, *halves[place + 1 :])
                    if (lost := loss(tried)) >= best:
                        break
                    halves, best = tried, lost
        if before - best < ENOUGH:
            break
    return halves


@dataclass(frozen=True)
class _Asked:
    """Evidence with its terms, and which labels are of the species that is true (n x c)."""

    terms: Terms
    evidence: Evidence
    same: Flags

    @classmethod
    def of(cls, settings: Sequence[HeadSettings], evidence: Evidence, tree: Tree) -> _Asked:
        same = tree.species_of[evidence.truth][:, None] == tree.species_of
        return cls(Terms.of(settings, evidence.scores, tree), evidence, same)

    def judge(self, mixture: Mixture, tree: Tree) -> _Judged:
        given = mixture.mix(self.terms, tree)
        truth = self.evidence.truth
        of_label = given[np.arange(len(truth)), truth]
        of_species = (given * self.same).sum(axis=1)
        answers = tree.summed(given, "species").argmax(axis=1)
        wrong = answers != tree.species_of[truth]
        return _Judged(_lost(of_label), _lost(of_species), wrong, self.evidence.weights)


@dataclass(frozen=True)
class _Judged:
    """What the true labels and species cost (n), whether the answer is another species (n), and
    what each photograph weighs (n).
    """

    label: Matrix
    species: Matrix
    wrong: Flags
    weights: Matrix


def _loss(near: _Judged, far: _Judged) -> float:
    species = np.concatenate([near.species, far.species])
    weights = np.concatenate([near.weights, far.weights])
    labels = np.average(near.label, weights=near.weights) if len(near.label) else 0.0
    return float(labels + np.average(species, weights=weights))


def _errors(*parts: _Judged) -> float:
    """The product of what share of each part is mistaken for another species."""
    shares = [np.average(of.wrong, weights=of.weights) for of in parts if len(of.wrong)]
    return float(np.prod([share + SURELY_WRONG for share in shares]))


def _lost(given: Matrix) -> Matrix:
    return np.asarray(-np.log(np.maximum(given, TINY)))
