"""Words: what the vocabulary consists of, which labels each word speaks for, how the fit went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from verger.gates.vocabulary import EXEMPLARS, GIANT_TIMES, REPORT, Health, report_on
from verger.lake.checkpoint import Checkpoint
from verger.planning.recipe import COLOUR_VOCABULARY, PCA, VOCABULARY
from verger_pages.exemplars import Exemplar, exemplars_of
from verger_pages.memory import remembered
from verger_pages.shown import NothingToShowError, Shown
from verger_pages.swatches import bits, colours
from verger_pages.templating import render

ORB, COLOUR = "orb", "colour"
TABLES = {ORB: VOCABULARY, COLOUR: COLOUR_VOCABULARY}
A_WALL = 240  # words
IDF_UNIT = 64  # what a weight of 1 has in the lake
SPOKEN_FOR = 3  # labels


@dataclass(frozen=True)
class Speaks:
    """A label that a word speaks for: how often the word occurs in it, and how many times as often,
    as a share of the label's words, as in the average label.
    """

    label: str
    count: int
    times: float


@dataclass(frozen=True)
class Word:
    """A word: its picture, the patches nearest to it, descriptors of the training sample nearest to
    it (None: not told), its weight in histograms, and the labels that it speaks for most.
    """

    number: int
    picture: str
    exemplars: Sequence[Exemplar]
    size: int | None
    weight: float | None
    speaks: Sequence[Speaks]


ORDERS = {
    "usage": lambda word: -(word.size or 0),
    "rarest": lambda word: word.size or 0,
    "weight": lambda word: -(word.weight or 0.0),
    "speaking": lambda word: -max((of.times for of in word.speaks), default=0.0),
    "number": lambda word: word.number,
}


def page(shown: Shown, kind: str, order: str, number: int) -> str:
    """A wall of words as HTML. Raises NothingToShowError if there are none of that kind."""
    if order not in ORDERS:
        raise NothingToShowError(f"no order {order}: choose one of {', '.join(ORDERS)}")
    known = sorted(words(shown, kind), key=ORDERS[order])
    made = _checkpoint(shown, kind)
    health = report_on(made) if REPORT in made.manifest.tables else None
    last = max(1, -(-len(known) // A_WALL))
    number = min(max(1, number), last)
    return render(
        "words.html",
        here="words",
        asked=shown.asked,
        kind=kind,
        kinds=[ORB, COLOUR] if shown.model.colour_vocabulary else [ORB],
        order=order,
        orders=ORDERS,
        has_exemplars=EXEMPLARS in made.manifest.tables,
        words=known[(number - 1) * A_WALL : number * A_WALL],
        total=len(known),
        giant=GIANT_TIMES * sum(word.size or 0 for word in known) / max(len(known), 1),
        number=number,
        pages=last,
        health=health,
        fits=_fits(health) if health else [],
    )


def word_page(shown: Shown, number: int) -> str:
    """A word of ORB with all labels, as HTML. Raises NothingToShowError if there is none."""
    known = words(shown, ORB)
    if not 0 <= number < len(known):
        raise NothingToShowError(f"there are words 0 to {len(known) - 1}")
    labels = _speaks(shown)[number]
    most = max((of.times for of in labels), default=1.0) or 1.0
    return render(
        "word.html",
        up="../",
        here="words",
        asked=shown.asked,
        word=known[number],
        labels=labels,
        most=most,
    )


def words(shown: Shown, kind: str) -> list[Word]:
    """All words of a kind, in their order."""
    fingerprint = {ORB: shown.model.vocabulary, COLOUR: shown.model.colour_vocabulary}.get(kind)
    if not fingerprint:
        raise NothingToShowError(f"model {shown.model.id} has no words of kind {kind}")
    key = (shown.lake.storage.root, shown.plan.run_id, fingerprint, kind)
    return remembered(key, lambda: _words(shown, kind))


def _words(shown: Shown, kind: str) -> list[Word]:
    made = _checkpoint(shown, kind)
    rows = made.read(TABLES[kind]).sort_by("word").to_pylist()
    exemplars = exemplars_of(made)
    speaks = _speaks(shown) if kind == ORB else {}
    weights = _weights(shown) if kind == ORB else {}
    return [
        Word(
            row["word"],
            _picture(row["centre"], kind),
            exemplars.get(row["word"], ()),
            row.get("size"),
            weights.get(row["word"]),
            [of for of in speaks.get(row["word"], ())[:SPOKEN_FOR] if of.count],
        )
        for row in rows
    ]


def _picture(centre: Any, kind: str) -> str:
    """The preset `seed` has words of numbers: their bytes, rounded."""
    packed = centre if isinstance(centre, bytes) else bytes(min(255, round(c)) for c in centre)
    return bits(packed) if kind == ORB else colours(packed)


def _checkpoint(shown: Shown, kind: str) -> Checkpoint:
    fingerprint = {ORB: shown.model.vocabulary, COLOUR: shown.model.colour_vocabulary}[kind]
    found = shown.lake.find(TABLES[kind], fingerprint)
    if found is None:
        raise NothingToShowError(
            f"the words of model {shown.model.id} are gone: trigger fruit_features with "
            "vocabulary = fit"
        )
    return found


def _weights(shown: Shown) -> Mapping[int, float]:
    """What each word weighs: its inverse document frequency where the preset weighs by it."""
    found = shown.lake.find(PCA, shown.model.pca)
    if found is None or not shown.plan.preset.pca.weighting.idf:
        return {}
    rows = found.read("mean").to_pylist()
    return {row["word"]: row["weight"] / IDF_UNIT for row in rows}


def _speaks(shown: Shown) -> Mapping[int, list[Speaks]]:
    """For each word all labels, the one that it speaks for most first."""
    key = (shown.lake.storage.root, shown.plan.run_id, "speaks")
    return remembered(key, lambda: _spoken_for(shown))


def _spoken_for(shown: Shown) -> dict[int, list[Speaks]]:
    found = shown.lake.find(*shown.plan.recipe.bovw.id)
    if found is None:
        return {}
    table = found.read("bovw")
    labels = table.column("label").to_pylist()
    counts = [table.column(at).to_pylist() for at in range(1, table.num_columns)]
    totals = [max(1, sum(of[i] for of in counts)) for i in range(len(labels))]
    spoken = {}
    for word, of in enumerate(counts):
        shares = [n / total for n, total in zip(of, totals, strict=True)]
        mean = sum(shares) / len(shares) or 1.0
        each = [Speaks(labels[i], of[i], shares[i] / mean) for i in range(len(labels))]
        spoken[word] = sorted(each, key=lambda one: (-one.times, one.label))
    return spoken


def _fits(health: Health) -> list[list[tuple[float, float]]]:
    """The costs of each restart, as points in shares of the iterations and of the first cost."""
    return [
        [(i / max(1, len(costs) - 1), cost / max(costs)) for i, cost in enumerate(costs)]
        for costs in health.costs
        if costs and max(costs)
    ]
