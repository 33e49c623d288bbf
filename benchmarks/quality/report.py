"""The tables of the sweep, for people and for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

import numpy as np

from benchmarks.quality.album import Names
from benchmarks.quality.rule import RULE, Contender, best, choose, paired
from benchmarks.quality.scores import Score
from benchmarks.quality.sweep import Tried, Weighed

CHOSEN = "**chosen**"


@dataclass(frozen=True)
class Found:
    """Everything that a report tells. ``context``: photographs, sizes and machine, by name."""

    extractors: Sequence[Tried]
    weightings: Sequence[Weighed]
    species: Names  # of every photograph of the varieties
    context: Mapping[str, Any]

    @property
    def chance(self) -> float:
        """What naming the commonest species every time would get right."""
        return float(np.unique(self.species, return_counts=True)[1].max() / len(self.species))

    def milliseconds(self, tried: Tried) -> float:
        """Processor milliseconds of a photograph, at the median speed of the whole sweep."""
        return 1000 * tried.time * median(one.cost.reference for one in self.extractors)

    def points_per_millisecond(self, tried: Tried) -> float:
        """Accuracy per time: points above chance on unseen varieties for a millisecond."""
        return 100 * (tried.unseen.mean - self.chance) / self.milliseconds(tried)


def to_dict(found: Found) -> dict[str, Any]:
    """All numbers as plain JSON values."""
    extractor, weighed = choose(found.extractors), choose(found.weightings)
    return {
        **found.context,
        "rule": RULE,
        "chance": round(found.chance, 4),
        "extractors": [
            {
                "settings": asdict(one.extractor),
                "descriptors_per_photograph": round(one.descriptors, 1),
                "photographs_per_second_and_core": round(1000 / found.milliseconds(one), 1),
                "share_without_descriptors": round(one.bare, 5),
                **_score(one.words),
                **_behind(best(found.extractors), one),
                "points_above_chance_per_millisecond": round(found.points_per_millisecond(one), 2),
                "chosen": one is extractor,
            }
            for one in found.extractors
        ],
        "weightings": [
            {
                "settings": asdict(one.weighting),
                "words": _score(one.words),
                "components": _score(one.components),
                **_behind(best(found.weightings), one),
                "chosen": one is weighed,
            }
            for one in found.weightings
        ],
    }


def to_markdown(found: Found) -> str:
    """The report as a page."""
    extractor, weighed = choose(found.extractors), choose(found.weightings)
    context = "\n".join(f"- {name}: {_plain(value)}" for name, value in found.context.items())
    return f"""\
# What the features are worth

{context}

Unseen: the species of varieties that the judge never saw, mean over varieties (lowest and highest
draw). Naming the commonest species every time gets {found.chance:.1%} right. Test: neighbouring
frames of the fruits that the judge learnt from, so it saturates. Behind: how far the mean on unseen
varieties lies behind the best, with the standard error of that paired difference over varieties.
Photographs per second: one core's processor time from a file's bytes to its histogram.

## The rule

{RULE}

## Extractors

{extractor_table(found)}

Chosen: `{extractor.extractor}`

## Weights

{weighting_table(found)}

Chosen: `{weighed.weighting}`
"""


def extractor_table(found: Found) -> str:
    """One line for each extractor."""
    leader, chosen = best(found.extractors), choose(found.extractors)
    lines = [
        "| side | features | patch | edge | FAST | levels | descriptors | bare | photographs/s |"
        " Test | unseen | behind | points above chance per ms | |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for one in found.extractors:
        of = one.extractor
        lines.append(
            f"| {of.side or 'as is'} | {of.n_features} | {of.patch_size} | {of.edge_threshold} "
            f"| {' '.join(map(str, of.fast_thresholds))} | {of.n_levels} x {of.scale_factor:g} "
            f"| {one.descriptors:.0f} | {one.bare:.1%} | {1000 / found.milliseconds(one):,.0f} "
            f"| {_cells(one.words)} | {_gap(leader, one)} "
            f"| {found.points_per_millisecond(one):.1f} | {CHOSEN if one is chosen else ''} |"
        )
    return "\n".join(lines)


def weighting_table(found: Found) -> str:
    """One line for each way to weigh words."""
    leader, chosen = best(found.weightings), choose(found.weightings)
    lines = [
        "| normalised | idf | words: Test | words: unseen | components: Test | components: unseen |"
        " behind | |",
        "|---|---|---|---|---|---|---|---|",
        *(
            f"| {one.weighting.normalise} | {'yes' if one.weighting.idf else 'no'} "
            f"| {_cells(one.words)} | {_cells(one.components)} | {_gap(leader, one)} "
            f"| {CHOSEN if one is chosen else ''} |"
            for one in found.weightings
        ),
    ]
    return "\n".join(lines)


def _cells(score: Score) -> str:
    low, high = min(score.unseen.draws), max(score.unseen.draws)
    return f"{score.known:.1%} | {score.unseen.mean:.1%} ({low:.0%}-{high:.0%})"


def _gap(leader: Contender, one: Contender) -> str:
    gap = paired(leader.unseen, one.unseen)
    return "best" if one is leader else f"{100 * gap.mean:.1f} ± {100 * gap.standard_error:.1f}"


def _score(score: Score) -> dict[str, Any]:
    return {
        "test": round(score.known, 4),
        "unseen_mean": round(score.unseen.mean, 4),
        "unseen_lowest": round(min(score.unseen.draws), 4),
        "unseen_highest": round(max(score.unseen.draws), 4),
    }


def _behind(leader: Contender, one: Contender) -> dict[str, float]:
    gap = paired(leader.unseen, one.unseen)
    return {
        "behind_best": round(gap.mean, 4),
        "standard_error_of_that": round(gap.standard_error, 4),
    }


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_plain(of)}" for name, of in value.items())
    return str(value)
