"""Labels as a tree: a species has varieties, a variety has labels."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from verger.catalogue.labels import Name, Names, names_of

Indices = npt.NDArray[np.int64]
Level = Literal["species", "variety", "label"]
LEVELS: tuple[Level, ...] = ("species", "variety", "label")


@dataclass(frozen=True)
class Tree:
    """The labels that a classifier knows, sorted, with the name that each stands for."""

    labels: tuple[str, ...]
    names: tuple[Name, ...]

    @classmethod
    def of(cls, labels: Sequence[str], overrides: Names) -> Tree:
        """The tree of these labels, named by the rules and the team's own table."""
        ordered = sorted(set(labels))
        names = names_of(ordered, overrides)
        return cls(tuple(ordered), tuple(names[label] for label in ordered))

    @functools.cached_property
    def species(self) -> tuple[str, ...]:
        """The species, sorted."""
        return tuple(sorted({name.species for name in self.names}))

    @functools.cached_property
    def varieties(self) -> tuple[str, ...]:
        """The varieties with their species before them, sorted: "Apple Golden"."""
        return tuple(sorted({name.full_variety for name in self.names}))

    @functools.cached_property
    def species_of(self) -> Indices:
        """The species of each label."""
        return _positions([name.species for name in self.names], self.species)

    @functools.cached_property
    def variety_of(self) -> Indices:
        """The variety of each label."""
        return _positions([name.full_variety for name in self.names], self.varieties)

    def members(self, level: Level) -> tuple[str, ...]:
        """The names at a level."""
        return {"species": self.species, "variety": self.varieties, "label": self.labels}[level]

    def upward(self, level: Level) -> Indices:
        """What each label belongs to at a level."""
        here = np.arange(len(self.labels))
        return {"species": self.species_of, "variety": self.variety_of, "label": here}[level]

    def positions(self, labels: Sequence[Any]) -> Indices:
        """Where labels are in the tree; -1 for those that it does not know."""
        index = {label: position for position, label in enumerate(self.labels)}
        return np.array([index.get(label, -1) for label in labels], np.int64)

    def summed(self, values: npt.NDArray[np.float64], level: Level) -> npt.NDArray[np.float64]:
        """Values of labels (n x labels) added up at a level."""
        upward = self.upward(level)
        total = np.zeros((len(values), len(self.members(level))))
        for label in range(len(self.labels)):
            total[:, upward[label]] += values[:, label]
        return total

    def highest(self, values: npt.NDArray[np.float64], level: Level) -> npt.NDArray[np.float64]:
        """The highest value of any label (n x labels) of each member of a level."""
        upward = self.upward(level)
        best = np.full((len(values), len(self.members(level))), -np.inf)
        for label in range(len(self.labels)):
            best[:, upward[label]] = np.maximum(best[:, upward[label]], values[:, label])
        return best

    def log_summed(self, values: npt.NDArray[np.float64], level: Level) -> npt.NDArray[np.float64]:
        """Logarithms of labels' values (n x labels), of the values added up at a level."""
        highest = self.highest(values, level)
        apart = np.exp(values - highest[:, self.upward(level)])
        return highest + np.log(self.summed(apart, level))


def _positions(values: Sequence[str], among: Sequence[str]) -> Indices:
    index = {value: position for position, value in enumerate(among)}
    return np.array([index[value] for value in values], np.int64)
