"""What may be said of scores: nothing of what looks like nothing known; else the deepest level that
is sure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from verger.catalogue.labels import NO_FRUIT
from verger.classification.moments import Matrix
from verger.classification.tree import LEVELS, Tree

Status = Literal["ok", "uncertain", "rejected"]
# An answer is given at the deepest level at which it is more likely right than wrong.
SURE = 0.5


@dataclass(frozen=True)
class Verdict:
    """``match`` is the name at the deepest sure level, with its probability; None where nothing may
    be said, and then the reason says why.
    """

    status: Status
    reason: str = ""
    match: str | None = None
    level: str | None = None
    probability: float | None = None


def judge(tree: Tree, probabilities: Matrix, distance: float, limit: float) -> Verdict:
    """What may be said of one photograph: the probabilities of its labels (c), its distance from
    what was learnt, and the distance above which nothing is said.
    """
    if distance > limit:
        return Verdict(
            "rejected",
            f"I don't know: it looks like nothing that was learnt (distance {distance:.2f}, known "
            f"photographs lie below {limit:.2f})",
        )
    found: Verdict | None = None
    for level in LEVELS:
        given = tree.summed(probabilities[None], level)[0]
        best = int(given.argmax())
        name, probability = tree.members(level)[best], float(given[best])
        if probability >= SURE:
            if name == NO_FRUIT:
                return Verdict("rejected", "I see no fruit")
            found = Verdict("ok", "", name, level, round(probability, 6))
    return found or Verdict("uncertain", "I don't know: no species is more likely than all others")
