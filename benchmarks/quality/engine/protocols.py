"""What is asked, letter by letter, as in the tables: figures by set of heads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt

from benchmarks.quality.album import Names
from benchmarks.quality.draws import draws
from benchmarks.quality.engine.figures import (
    Figure,
    area_under_curve,
    over_groups,
    over_photographs,
)
from benchmarks.quality.engine.learner import Answers, Flags, Known, Sets, ask, distances
from verger.classification.moments import Matrix

Figures = Mapping[str, Figure]
Table = Mapping[str, Figures]  # figures by set of heads
Draw = tuple[Flags, Flags]  # which photographs are learnt from, which are asked about
# Species probabilities of a draw's photographs by set of heads; and the species' names.
Drawn = Mapping[str, npt.NDArray[np.generic]]
Keep = Callable[[int, Callable[[], Drawn]], Drawn]
SPECIES = "species"
TOGETHER = 5  # photographs of one fruit that are shown at a time


def frames_of_known_fruits(answers: Answers, asked: Known) -> Table:
    """A: the label of frames between those that were learnt from."""
    return {
        name: {"label": over_photographs(answers.labels(name) == asked.labels, asked.labels)}
        for name in answers.given
    }


def unseen_varieties(sets: Sets, known: Known, repetitions: int, keep: Keep) -> Table:
    """B, B5: thirds of the varieties are held out in turn; the mean is over varieties."""
    asked = [
        np.isin(known.labels, held) for held in draws(known.species, known.labels, repetitions)
    ]
    return _held_out(sets, known, [(~some, some) for some in asked], keep)


def by_number_of_varieties(
    sets: Sets, known: Known, counts: Sequence[int], repetitions: int, keep: Keep
) -> Table:
    """The learning curve: two varieties of each species are asked, so many others are learnt."""
    table: dict[str, dict[str, Figure]] = {name: {} for name in sets}
    for count in counts:

        def kept(draw: int, compute: Callable[[], Drawn], count: int = count) -> Drawn:
            return keep(1000 * count + draw, compute)

        found = _held_out(sets, known, list(_curve_draws(known, count, repetitions)), kept)
        for name, figures in found.items():
            table[name][str(count)] = figures["one photograph"]
    return table


def another_camera(answers: Answers, asked: Known) -> Table:
    """C, F: the species of photographs of another collection; of each species, and over labels."""
    return {
        name: _by_species(answers.species(name) == asked.species, asked) for name in answers.given
    }


def shop(sets: Sets, learnt: Known, asked: Known) -> Table:
    """D: fine and coarse classes in shops; the error is over fine classes."""
    answers = ask(sets, learnt, asked)
    return {
        name: {
            "fine": over_photographs(answers.labels(name) == asked.labels, asked.labels),
            "coarse": over_photographs(answers.species(name) == asked.species, asked.labels),
        }
        for name in sets
    }


def no_fruit(sets: Sets, learnt: Known, fruit: Known, others: Known, kinds: Names) -> Table:
    """E: how well fruit is told from each other kind: by the distance from what was learnt in the
    rows of each head, and by the probability of the best answer of each set.
    """
    table: dict[str, Figures] = {}
    heads = dict.fromkeys(head for of in sets.values() for head in of)
    for head in heads:
        inside, outside = distances(head, learnt, fruit, others)
        table[f"{head.name}, distance"] = _by_kind(inside, outside, others, kinds)
    given = ask(sets, learnt, fruit.with_more(others)).given
    for name in sets:
        inside, outside = np.split(1 - given[name].max(axis=1), [len(fruit.labels)])
        table[f"{name}, probability"] = _by_kind(inside, outside, others, kinds)
    return table


def _by_kind(inside: Matrix, outside: Matrix, others: Known, kinds: Names) -> Figures:
    return {
        str(kind): area_under_curve(inside, outside[kinds == kind], others.labels[kinds == kind])
        for kind in np.unique(kinds)
    }


def _by_species(right: Flags, asked: Known) -> Figures:
    each = {
        str(name): over_photographs(
            right[asked.species == name], asked.labels[asked.species == name]
        )
        for name in np.unique(asked.species)
    }
    return {"all": over_groups(right[None].astype(np.float64), asked.labels)} | each


def _held_out(sets: Sets, known: Known, parts: Iterable[Draw], keep: Keep) -> Table:
    alone: dict[str, list[Matrix]] = {name: [] for name in sets}
    together: dict[str, list[Matrix]] = {name: [] for name in sets}
    for draw, (learnt, asked) in enumerate(parts):
        part = known.part(asked)
        drawn = keep(draw, partial(_ask_of_species, sets, known.part(learnt), part))
        names = drawn[SPECIES]
        for name in sets:
            given = np.asarray(drawn[name], np.float64)
            pooled = _pooled(given, part.labels)
            for marks, of in ((alone, given), (together, pooled)):
                row = np.full(len(asked), np.nan)
                row[asked] = names[of.argmax(axis=1)] == part.species
                marks[name].append(row)
    return {
        name: {
            "one photograph": over_groups(np.array(alone[name]), known.labels),
            "five together": over_groups(np.array(together[name]), known.labels),
        }
        for name in sets
    }


def _ask_of_species(sets: Sets, learnt: Known, asked: Known) -> Drawn:
    answers = ask(sets, learnt, asked)
    given: dict[str, npt.NDArray[np.generic]] = {
        name: answers.of_species(name) for name in answers.given
    }
    return given | {SPECIES: np.array(answers.tree.species)}


def _pooled(given: Matrix, groups: Names) -> Matrix:
    """For each photograph the mean logarithm of what it and others of its group were given, so
    many together, spread over the film.
    """
    pooled = np.zeros_like(given)
    logarithms = np.log(np.maximum(given, 1e-12))
    for group in np.unique(groups):
        members = np.flatnonzero(groups == group)
        sets = max(1, len(members) // TOGETHER)
        for place in range(sets):
            pooled[members[place::sets]] = logarithms[members[place::sets]].mean(axis=0)
    return pooled


def _curve_draws(known: Known, count: int, repetitions: int) -> Iterator[Draw]:
    random = np.random.default_rng(0)
    per_species = count // len(np.unique(known.species))
    for _ in range(repetitions):
        asked, learnt = [], []
        for name in np.unique(known.species):
            shuffled = random.permutation(np.unique(known.labels[known.species == name]))
            asked += list(shuffled[:2])
            learnt += list(shuffled[2 : 2 + per_species])
        yield np.isin(known.labels, learnt), np.isin(known.labels, asked)
