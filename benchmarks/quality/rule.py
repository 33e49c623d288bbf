"""How the choice is made. Written down before any result was seen, and applied by this code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np

from benchmarks.quality.judge import Unseen

MARGIN = 0.01  # one point of accuracy
MOST_BARE = 0.001  # photographs without descriptors, of which nothing can be said

RULE = """\
1. Settings that leave more than 0.1 % of the photographs without descriptors are out.
2. Of the rest, those stay whose mean on unseen varieties is below the best mean by no more than one
   point, or than one standard error of the difference from the best if that is larger. The
   difference is paired: both are judged on the same draws, and the error is that of its mean over
   varieties.
3. Of those, the ones stay whose Test is within one point of the best Test among them.
4. Of those, the one that takes the least processor time is chosen. Weights take none that counts:
   there the first in the table, which is the simplest, is chosen.

Extractors are judged on words. Weights are judged on principal components, because that is where
the pipeline uses them."""


class Contender(Protocol):
    """What the rule looks at."""

    @property
    def bare(self) -> float:
        """Share of the photographs without descriptors."""

    @property
    def known(self) -> float:
        """Share of the Test photographs named right."""

    @property
    def unseen(self) -> Unseen:
        """Shares named right of varieties never seen."""

    @property
    def time(self) -> float:
        """Processor time for a photograph, in any unit."""


One = TypeVar("One", bound=Contender)


@dataclass(frozen=True)
class Difference:
    """A mean difference and its standard error, both paired over varieties."""

    mean: float
    standard_error: float


def paired(one: Unseen, other: Unseen) -> Difference:
    """How much better one is than the other, variety by variety."""
    gaps = np.subtract(one.varieties, other.varieties)
    return Difference(float(gaps.mean()), float(gaps.std(ddof=1) / np.sqrt(len(gaps))))


def best(contenders: Sequence[One]) -> One:
    """The highest mean on unseen varieties among those that step 1 lets in.

    Raises ValueError if it lets none in.
    """
    return max(_sound(contenders), key=lambda contender: contender.unseen.mean)


def choose(contenders: Sequence[One]) -> One:
    """The contender that RULE chooses. Raises ValueError if step 1 lets none in."""
    return min(remaining(contenders), key=lambda one: one.time)  # the first of equals


def remaining(contenders: Sequence[One]) -> list[One]:
    """Those that steps 1 to 3 leave."""
    leader = best(contenders)
    close = [one for one in _sound(contenders) if _close(leader.unseen, one.unseen)]
    known = max(one.known for one in close)
    return [one for one in close if one.known >= known - MARGIN]


def _sound(contenders: Sequence[One]) -> list[One]:
    return [one for one in contenders if one.bare <= MOST_BARE]


def _close(leader: Unseen, other: Unseen) -> bool:
    gap = paired(leader, other)
    return gap.mean <= max(MARGIN, gap.standard_error)
