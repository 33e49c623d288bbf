"""Why an answer is what it is: blocks and words that spoke for it and against the second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from verger.classification.moments import Matrix
from verger.config.heads import COLOUR, ORB
from verger.inference.engine import Engine, Seen

MOST_WORDS, MOST_BOXES = 5, 20


@dataclass(frozen=True)
class Word:
    """A word that spoke for the answer. Boxes (x, y, width, height) are where it is in the
    photograph, in shares of its width and height; words of colour have none.
    """

    block: str
    word: int
    weight: float
    boxes: Sequence[tuple[float, float, float, float]]


@dataclass(frozen=True)
class Spoke:
    """How much a block spoke for the answer, above what it gave to the second."""

    block: str
    weight: float


@dataclass(frozen=True)
class Explanation:
    """``against`` is the second label. ``distance`` is how far the photograph is from what was
    learnt, ``limit`` from where on nothing is said.
    """

    answer: str
    against: str | None
    blocks: Sequence[Spoke]
    words: Sequence[Word]
    distance: float
    limit: float


def explain(engine: Engine, seen: Seen, first: int, second: int | None) -> Explanation:
    """What in a photograph spoke for the first label and against the second."""
    classifier = engine.classifier
    labels = classifier.tree.labels
    pulls = _pulls(engine, seen, first, second)
    words = [word for block in (ORB, COLOUR) for word in _words(block, pulls, seen)]
    return Explanation(
        labels[first],
        None if second is None else labels[second],
        [Spoke(block, round(float(pull.sum()), 4)) for block, pull in pulls.items()],
        words,
        round(float(classifier.score(seen.rows).distances[0]), 4),
        round(classifier.limit, 4),
    )


def _pulls(engine: Engine, seen: Seen, first: int, second: int | None) -> dict[str, Matrix]:
    """How much each column of each block pulled towards the first label: the product of what was
    seen and the difference of what it adds to both labels.
    """
    pulls: dict[str, Matrix] = {}
    of_all = engine.classifier
    for place, (of, head) in enumerate(zip(of_all.settings, of_all.ensemble.heads, strict=True)):
        added = of_all.mixture.pull(place, head.weights, of_all.tree)
        apart = added[:, first] - (0 if second is None else added[:, second])
        start = 0
        for block in of.blocks:
            row = seen.rows[block][0]
            pull = row * apart[start : start + len(row)]
            pulls[block] = pulls.get(block, np.zeros(len(row))) + pull
            start += len(row)
    return pulls


def _words(block: str, pulls: dict[str, Matrix], seen: Seen) -> list[Word]:
    if block not in pulls:
        return []
    strongest = np.argsort(-pulls[block], kind="stable")[:MOST_WORDS]
    return [
        Word(block, int(word), round(float(pulls[block][word]), 4), _boxes(block, int(word), seen))
        for word in strongest
        if pulls[block][word] > 0
    ]


def _boxes(block: str, word: int, seen: Seen) -> list[tuple[float, float, float, float]]:
    """Where a word is, in shares of the photograph: its first places, by the strength of ORB."""
    if block != ORB:
        return []
    boxes = []
    for x, y, wide, tall in seen.squares[seen.words == word][:MOST_BOXES]:
        left, top = float(x - wide / 2), float(y - tall / 2)
        boxes.append((round(left, 4), round(top, 4), round(float(wide), 4), round(float(tall), 4)))
    return boxes
