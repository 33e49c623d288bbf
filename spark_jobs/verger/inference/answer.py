"""What is answered about a photograph, as the command line prints it and a service sends it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from verger.catalogue.facts import Fact, SpeciesFacts
from verger.classification.classifier import Scores
from verger.classification.gallery import Similar
from verger.classification.moments import Matrix
from verger.classification.tree import Tree
from verger.classification.verdict import Status, judge
from verger.inference.engine import Engine, Seen
from verger.inference.explanation import Explanation, explain

MOST_RESULTS, MOST_SIMILAR = 5, 3


@dataclass(frozen=True)
class Result:
    """A label that it may be."""

    label: str
    species: str
    variety: str
    maturity: str
    probability: float


@dataclass(frozen=True)
class Answer:
    """``best_match`` is a label, or a variety or species where the labels are too close; None where
    nothing is known. ``reason`` says why an answer is uncertain or rejected. Probabilities are of
    all labels. ``names`` (by language) and ``facts`` are those of the species of a best match.
    """

    model: str
    status: Status
    reason: str = ""
    best_match: str | None = None
    best_level: str | None = None
    best_probability: float | None = None
    results: Sequence[Result] = ()
    similar_images: Sequence[Similar] = ()
    explanation: Explanation | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Fact] = field(default_factory=dict)

    @classmethod
    def rejected(cls, model: str, reason: str) -> Answer:
        """Nothing can be said."""
        return cls(model, "rejected", reason)


def answer(engine: Engine, seen: Sequence[Seen]) -> Answer:
    """The answer about one fruit, from one photograph or several views."""
    scores = _together([engine.classifier.score(one.rows) for one in seen])
    tree = engine.classifier.tree
    probabilities = scores.probabilities[0]
    order = np.argsort(-probabilities, kind="stable")
    results = [_result(tree, int(label), probabilities) for label in order[:MOST_RESULTS]]
    distance = float(scores.distances[0])
    verdict = judge(tree, probabilities, distance, engine.classifier.limit)
    second = int(order[1]) if len(order) > 1 else None
    known = SpeciesFacts()
    if verdict.match is not None:
        species = int(tree.summed(scores.probabilities, "species")[0].argmax())
        known = engine.facts.species.get(tree.species[species], known)
    return Answer(
        engine.model,
        verdict.status,
        verdict.reason,
        verdict.match,
        verdict.level,
        verdict.probability,
        results,
        engine.gallery.similar(seen[0].rows, MOST_SIMILAR),
        explain(engine, seen[0], int(order[0]), second),
        known.names,
        known.facts,
    )


def _together(views: Sequence[Scores]) -> Scores:
    """Several views of one fruit: probabilities multiplied (their geometric mean), and the distance
    of the nearest view.
    """
    logs = np.mean([np.log(np.maximum(view.probabilities, 1e-12)) for view in views], axis=0)
    powers = np.exp(logs)
    nearest = np.min([view.distances for view in views], axis=0)
    return Scores(powers / powers.sum(axis=1, keepdims=True), nearest)


def _result(tree: Tree, label: int, probabilities: Matrix) -> Result:
    name = tree.names[label]
    return Result(
        tree.labels[label],
        name.species,
        name.variety,
        name.maturity,
        round(float(probabilities[label]), 6),
    )
