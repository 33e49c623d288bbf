"""Whether a classifier may take the place of the one in use: not if it is right less often about
the same photographs, at any level.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass

from verger.errors import WorseModelError
from verger.lake.checkpoint import Checkpoint

JUDGED = "judged.json"
SURE = 2  # standard errors


@dataclass(frozen=True)
class Judged:
    """For each photograph that was judged (16 hex digits of its id) whether the answer was right
    at each level: "110" is right about species and variety, wrong about the label.
    """

    levels: tuple[str, ...]
    photographs: Mapping[str, str]

    def to_json(self) -> bytes:
        """As it is stored."""
        told = {"levels": self.levels, "photographs": self.photographs}
        return json.dumps(told, sort_keys=True).encode()

    @classmethod
    def of(cls, classifier: Checkpoint) -> Judged:
        """What a classifier's checkpoint says of itself."""
        told = json.loads(classifier.read_file(JUDGED))
        return cls(tuple(told["levels"]), told["photographs"])

    def right(self, level: str, photographs: set[str]) -> int:
        """How many of these photographs it was right about."""
        place = self.levels.index(level)
        return sum(self.photographs[photo][place] == "1" for photo in photographs)

    def differing(self, level: str, other: Judged, photographs: set[str]) -> int:
        """About how many of these photographs only one of both was right."""
        ours, theirs = self.levels.index(level), other.levels.index(level)
        return sum(
            self.photographs[photo][ours] != other.photographs[photo][theirs]
            for photo in photographs
        )


def worse(candidate: Judged, current: Judged, margin: float) -> list[str]:
    """Why a candidate is worse than the classifier in use, in one line for each level; none if it
    is not. Photographs that only one of them was asked about do not count.

    What is lost must exceed the margin, and twice its standard error (McNemar, 1947): a few
    photographs that change sides by chance keep no model from its place.
    """
    both = set(candidate.photographs) & set(current.photographs)
    reasons = []
    for level in candidate.levels:
        if not both or level not in current.levels:
            continue
        ours, theirs = candidate.right(level, both), current.right(level, both)
        net = theirs - ours
        differing = candidate.differing(level, current, both)
        if net / len(both) > margin and net > SURE * math.sqrt(differing):
            reasons.append(
                f"{level}: right about {ours} of {len(both)} photographs, the one in use about "
                f"{theirs}"
            )
    return reasons


def approve(candidate: Checkpoint, current: Checkpoint, margin: float) -> None:
    """Raise WorseModelError if the candidate is worse than the classifier in use by more than a
    margin (a share of the photographs).
    """
    if reasons := worse(Judged.of(candidate), Judged.of(current), margin):
        raise WorseModelError(
            f"the classifier is worse than the one in use, which stays ({'; '.join(reasons)}): "
            "look at its suspects and at what was delivered, or raise --limit-lost-accuracy"
        )
