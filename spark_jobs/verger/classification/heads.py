"""One linear head for each group of blocks, and what they say of photographs that were left out.

A head sees its own blocks alone, and scores of heads are added: a head that is given all blocks at
once leans on what recognises, and is lost before a variety that it has never seen.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from verger.classification import novelty, ridge
from verger.classification.calibration import Flags
from verger.classification.groups import FOLDS
from verger.classification.moments import Matrix, Moments, Rows
from verger.classification.novelty import Novelty
from verger.classification.ridge import Head, Problem
from verger.classification.tree import Indices, Tree
from verger.config.heads import HeadSettings
from verger.kernels.blas import in_threads

log = logging.getLogger("verger")

BlockRows = Mapping[str, Rows]


def rows_for(head: HeadSettings, rows: BlockRows) -> Rows:
    """The rows of a head's blocks, side by side (n x d)."""
    return np.hstack([rows[block] for block in head.blocks])


@dataclass(frozen=True)
class Sums:
    """A head's moments: of each part of the photographs that is left out in turn.

    ``by_frames`` part all photographs; ``by_varieties`` those whose species has other varieties.
    """

    by_frames: tuple[Moments, ...]
    by_varieties: tuple[Moments, ...]

    @property
    def width(self) -> int:
        """How many numbers a photograph has."""
        return len(self.by_frames[0].gram)

    @property
    def whole(self) -> Moments:
        """The moments of all photographs."""
        first, *others = self.by_frames
        return sum(others, first)


@dataclass(frozen=True)
class Ensemble:
    """All heads fitted to the same photographs, and how far others are from these."""

    heads: tuple[Head, ...]
    novelty: Novelty

    @property
    def knows(self) -> Flags:
        """Which labels (c) it was fitted to."""
        return np.asarray(self.heads[0].weights.any(axis=0))

    def score(self, settings: Sequence[HeadSettings], rows: BlockRows) -> list[Matrix]:
        """The scores (n x c) that each head gives."""
        return [
            head.score(rows_for(of, rows)) for of, head in zip(settings, self.heads, strict=True)
        ]


@dataclass(frozen=True)
class LeftOut:
    """The ensemble of all photographs, and those that have not seen a part of them."""

    whole: Ensemble
    without_frames: tuple[Ensemble, ...]
    without_varieties: tuple[Ensemble, ...]


def fit(settings: Sequence[HeadSettings], sums: Iterable[Sums], tree: Tree) -> LeftOut:
    """Heads of the strengths that are best on what is left out: labels by neighbouring frames; for
    a head that generalises, species by frames and by whole varieties.

    A head's sums are asked for when those before it are done with: of wide rows they take more
    than a gigabyte.
    """
    far = settings[_far_sighted(settings)]

    def fitted(of: HeadSettings, part: Sums) -> list[tuple[Head, Novelty | None]]:
        log.info("fitting the head %s: %s numbers of each photograph", of.name, f"{part.width:,}")
        whole = part.whole
        strength = _strength(of, part, whole, tree)

        def without(left_out: Moments | None) -> tuple[Head, Novelty | None]:
            moments = whole - left_out if left_out else whole
            head = Problem.of(moments, standardise=of.standardise).solve(strength)
            return head, novelty.fit(moments) if of == far else None

        return in_threads(without, (None, *part.by_frames, *part.by_varieties))

    # A loop would keep the sums of one head while those of the next are made.
    by_head = list(map(fitted, settings, sums))
    ensembles = [
        Ensemble(tuple(head for head, _ in of), next(new for _, new in of if new))
        for of in zip(*by_head, strict=True)
    ]
    whole, *others = ensembles
    return LeftOut(whole, tuple(others[:FOLDS]), tuple(others[FOLDS:]))


def scored_by_fold(
    ensembles: Sequence[Ensemble],
    settings: Sequence[HeadSettings],
    rows: BlockRows,
    folds: Indices,
) -> tuple[list[Matrix], Matrix]:
    """Scores by the ensemble that has not seen a photograph's fold, for each head, and the
    distance from what that ensemble has seen. Zeros where the fold is none.
    """
    n, c = len(folds), ensembles[0].heads[0].bias.size
    scores = [np.zeros((n, c)) for _ in settings]
    distances = np.zeros(n)
    for fold, ensemble in enumerate(ensembles):
        there = folds == fold
        if not there.any():
            continue
        part = {block: matrix[there] for block, matrix in rows.items()}
        for all_scores, some in zip(scores, ensemble.score(settings, part), strict=True):
            all_scores[there] = some
        distances[there] = ensemble.novelty.distance(novelty_rows(settings, part))
    return scores, distances


def novelty_rows(settings: Sequence[HeadSettings], rows: BlockRows) -> Rows:
    """The rows that distances are measured on."""
    return rows_for(settings[_far_sighted(settings)], rows)


def _far_sighted(settings: Sequence[HeadSettings]) -> int:
    """The head whose rows tell what is new: the last that generalises, else the first."""
    return max((i for i, of in enumerate(settings) if of.generalises), default=0)


def _strength(settings: HeadSettings, sums: Sums, whole: Moments, tree: Tree) -> float:
    if settings.generalises:
        groups = np.eye(len(tree.species))[tree.species_of]
        parts = (*sums.by_frames, *sums.by_varieties)
    else:
        groups = np.eye(len(tree.labels))
        parts = sums.by_frames
    return ridge.choose(whole, parts, groups, standardise=settings.standardise)
