"""The engine as a protocol asks it: taught on rows of some photographs, asked about others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from benchmarks.quality.album import Album, Names
from benchmarks.quality.engine.blocks import BlockRows
from verger.catalogue.labels import Name
from verger.classification import novelty
from verger.classification.groups import frame_fold, frame_of
from verger.classification.heads import rows_for
from verger.classification.moments import Matrix, Moments
from verger.classification.training import Course, Examples
from verger.classification.tree import Indices, Tree
from verger.config.heads import HeadSettings

Flags = npt.NDArray[np.bool_]
Sets = Mapping[str, Sequence[HeadSettings]]


@dataclass(frozen=True)
class Known:
    """Photographs with rows: label (n), what the label stands for, and frame folds (n)."""

    labels: Names
    names: Mapping[str, Name]
    folds: Indices
    rows: BlockRows

    @classmethod
    def of(cls, album: Album, names: Mapping[str, Name], rows: BlockRows) -> Known:
        """The photographs of an album; neighbours are told by the names of the files."""
        return cls(album.labels, names, _folds(album), rows)

    def with_more(self, other: Known) -> Known:
        """These and others."""
        return Known(
            np.concatenate([self.labels, other.labels]),
            {**self.names, **other.names},
            np.concatenate([self.folds, other.folds]),
            {block: np.concatenate([of, other.rows[block]]) for block, of in self.rows.items()},
        )

    @property
    def species(self) -> Names:
        """The species of each photograph (n)."""
        return np.array([self.names[str(label)].species for label in self.labels])

    def part(self, chosen: Flags) -> Known:
        """Some of the photographs."""
        rows = {block: of[chosen] for block, of in self.rows.items()}
        return Known(self.labels[chosen], self.names, self.folds[chosen], rows)


def ask(sets: Sets, learnt: Known, asked: Known) -> Answers:
    """What classifiers with each set of heads say, trained as the pipeline trains them.

    Heads that several sets share are fitted once.
    """
    every = tuple(dict.fromkeys(head for heads in sets.values() for head in heads))
    tree = Tree.of([str(label) for label in learnt.labels], learnt.names)
    course = Course(every, tree)
    examples = Examples(learnt.rows, tree.positions(learnt.labels.tolist()), learnt.folds)
    fitted = course.fit(course.sums(examples))
    trial = course.leave_out(fitted, examples)
    scores = fitted.whole.score(every, asked.rows)
    given = {}
    for name, heads in sets.items():
        places = [every.index(head) for head in heads]
        part = replace(
            trial,
            by_frames=[trial.by_frames[i] for i in places],
            by_varieties=[trial.by_varieties[i] for i in places],
        )
        mixture = Course(tuple(heads), tree).finish(fitted, part).mixture
        given[name] = mixture.probabilities(heads, [scores[i] for i in places], tree)
    return Answers(tree, given)


@dataclass(frozen=True)
class Answers:
    """The probability of every label (n x c) by each set of heads."""

    tree: Tree
    given: Mapping[str, Matrix]

    def part(self, chosen: slice) -> Answers:
        """The answers about some of the photographs."""
        return Answers(self.tree, {name: of[chosen] for name, of in self.given.items()})

    def of_species(self, name: str) -> Matrix:
        """The probability of every species (n x s)."""
        return self.tree.summed(self.given[name], "species")

    def labels(self, name: str) -> Names:
        """The label that each photograph most likely has."""
        return np.asarray(np.array(self.tree.labels)[self.given[name].argmax(axis=1)])

    def species(self, name: str) -> Names:
        """The species that each photograph most likely is of."""
        return np.asarray(np.array(self.tree.species)[self.of_species(name).argmax(axis=1)])


def distances(head: HeadSettings, learnt: Known, *asked: Known) -> list[Matrix]:
    """How far photographs are from all that was learnt, by the rows of one head."""
    tree = Tree.of([str(label) for label in learnt.labels], learnt.names)
    places = tree.positions(learnt.labels.tolist())
    moments = Moments.of(rows_for(head, learnt.rows), places, len(tree.labels))
    known = novelty.fit(moments)
    return [known.distance(rows_for(head, of.rows)) for of in asked]


def _folds(album: Album) -> Indices:
    """The fold of each photograph when neighbouring frames are left out together."""
    frames = [
        frame_of(path.name, str(label))
        for path, label in zip(album.paths, album.labels, strict=True)
    ]
    of_film: dict[tuple[str, str], list[int]] = {}
    for frame, folder in zip(frames, album.varieties, strict=True):
        if frame:
            of_film.setdefault((str(folder), frame.series), []).append(frame.number)
    folds = []
    for photo, frame, folder in zip(album.ids(), frames, album.varieties, strict=True):
        numbers = of_film[str(folder), frame.series] if frame else [0]
        folds.append(frame_fold(photo, frame, min(numbers), max(numbers)))
    return np.array(folds, np.int64)
