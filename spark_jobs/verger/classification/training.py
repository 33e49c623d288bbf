"""Training, in pieces that add up: sums of rows, scores of what is left out, the classifier."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from verger.classification import heads, mixing
from verger.classification.calibration import Flags
from verger.classification.classifier import Classifier
from verger.classification.groups import FOLDS, variety_folds
from verger.classification.heads import BlockRows, LeftOut, Sums, rows_for, scored_by_fold
from verger.classification.mixing import Evidence
from verger.classification.moments import Matrix, Moments
from verger.classification.tree import Indices, Tree
from verger.config.heads import HeadSettings

# "I don't know" is said about so few of the photographs that were left out with their neighbours,
# and of the varieties that were left out whole: the limit lies where both are kept.
KEPT_FRAMES, KEPT_VARIETIES = 0.995, 0.95
UNLIMITED = 1e9  # where nothing could be left out
FRAMES, VARIETIES = "frames", "varieties"
# Which head, which way of leaving out, which fold.
Part = tuple[str, str, int]


@dataclass(frozen=True)
class Examples:
    """Rows of n photographs for each block, their labels (n), and their folds by frames (n)."""

    rows: BlockRows
    labels: Indices
    folds: Indices


@dataclass(frozen=True)
class Course:
    """What is to be learnt: by which heads, of which labels."""

    settings: tuple[HeadSettings, ...]
    tree: Tree

    def parts(self, examples: Examples) -> dict[Part, Moments]:
        """Moments of every head and fold; those of several batches add up."""
        schemes = {FRAMES: examples.folds, VARIETIES: variety_folds(self.tree)[examples.labels]}
        parts: dict[Part, Moments] = {}
        for of in self.settings:
            rows = rows_for(of, examples.rows)
            for scheme, folds in schemes.items():
                for fold in sorted(set(folds.tolist()) & set(range(FOLDS))):
                    there = folds == fold
                    parts[of.name, scheme, fold] = Moments.of(
                        rows[there], examples.labels[there], len(self.tree.labels)
                    )
        return parts

    def head_by_head(self) -> list[Course]:
        """The same, one head in each."""
        return [Course((of,), self.tree) for of in self.settings]

    def sums(self, examples: Examples) -> Iterator[Sums]:
        """The sums of each head, one after another."""
        return (gathered(alone.parts(examples)) for alone in self.head_by_head())

    def fit(self, sums: Iterable[Sums]) -> LeftOut:
        """The heads, whole and without each fold."""
        return heads.fit(self.settings, sums, self.tree)

    def leave_out(self, fitted: LeftOut, examples: Examples) -> Trial:
        """What heads say of photographs that they have not seen, in both ways of leaving out."""
        varieties = variety_folds(self.tree)[examples.labels]
        by_frames, near = scored_by_fold(
            fitted.without_frames, self.settings, examples.rows, examples.folds
        )
        by_varieties, far = scored_by_fold(
            fitted.without_varieties, self.settings, examples.rows, varieties
        )
        known = np.array([ensemble.knows for ensemble in fitted.without_frames])
        fair = known[examples.folds, examples.labels]
        return Trial(examples.labels, by_frames, near, by_varieties, far, varieties >= 0, fair)

    def finish(self, fitted: LeftOut, trial: Trial) -> Classifier:
        """The classifier, with what is chosen by the trial."""
        apart = trial.unseen
        fair = trial.fair
        frames = Evidence.of(
            [scores[fair] for scores in trial.by_frames], trial.labels[fair], self.tree
        )
        varieties = Evidence.of(
            [scores[apart] for scores in trial.by_varieties], trial.labels[apart], self.tree
        )
        chosen = mixing.choose(self.settings, self.tree, frames, varieties)
        limits = [
            float(np.quantile(distances, kept))
            for distances, kept in (
                (trial.near[fair], KEPT_FRAMES),
                (trial.far[apart], KEPT_VARIETIES),
            )
            if len(distances)
        ]
        return Classifier(
            self.tree, self.settings, fitted.whole, chosen, max(limits, default=UNLIMITED)
        )


@dataclass(frozen=True)
class Trial:
    """Photographs (n) judged by heads that had not seen them: scores of each head, and distances,
    without their neighbouring frames (``near``) and without their whole variety (``far``, where
    ``unseen``). ``fair``: without its neighbours there were other photographs of the label.
    """

    labels: Indices
    by_frames: Sequence[Matrix]
    near: Matrix
    by_varieties: Sequence[Matrix]
    far: Matrix
    unseen: Flags
    fair: Flags


def gathered(parts: Mapping[Part, Moments]) -> Sums:
    """The parts of one head; of a part that has no photographs, the moments of none."""
    none = Moments.none(*next(iter(parts.values())).sums.shape)
    by_part = {(scheme, fold): moments for (_, scheme, fold), moments in parts.items()}
    frames, varieties = (
        tuple(by_part.get((scheme, fold), none) for fold in range(FOLDS))
        for scheme in (FRAMES, VARIETIES)
    )
    return Sums(frames, varieties)


def train(course: Course, examples: Examples) -> tuple[Classifier, LeftOut]:
    """The classifier of photographs that fit in memory."""
    fitted = course.fit(course.sums(examples))
    return course.finish(fitted, course.leave_out(fitted, examples)), fitted
