"""Every protocol with the photographs and the sets of heads that it is asked with."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import asdict, replace
from functools import partial, reduce
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.quality.engine import protocols
from benchmarks.quality.engine.collections import (
    NETWORK_HEADS,
    STALL_HEADS,
    STUDIO_HEADS,
    Collections,
)
from benchmarks.quality.engine.figures import Figure
from benchmarks.quality.engine.learner import Known, Sets, ask
from benchmarks.quality.engine.protocols import Drawn, Table
from benchmarks.quality.engine.shop import FRUIT, PACKAGES, VEGETABLES
from benchmarks.quality.remember import arrays_once, fingerprint, values_once
from verger.catalogue.labels import Name
from verger.config.heads import HeadSettings

log = logging.getLogger("benchmarks")

STUDIO = ("A", "C", "F")  # of classifiers that learnt the same photographs
PROTOCOLS = ("A", "B", "curve", "C", "D", "E", "F")
VERSION = 3  # of the protocols and of what is asked: figures of another version are computed anew
CURVE = (6, 12, 18, 24, 30)  # varieties that are learnt from
# What shops call by another name than the studio's folders.
SAME_SPECIES = {"Red-Grapefruit": "Grapefruit", "Lime": "Limes", "Satsumas": "Mandarine"}


class Tasks:
    """All protocols; whatever has been computed is found again."""

    def __init__(self, of: Collections, repetitions: int, fewer: int) -> None:
        """``fewer`` repetitions make the learning curve."""
        self._of = of
        self._repetitions = repetitions
        self._fewer = fewer

    def table(self, protocol: str) -> Table:
        """The figures of one protocol, by set of heads."""
        of = self._of
        if protocol in ("B", "curve"):
            sets = _studio_sets(of) if protocol == "B" else _curve_sets(of)
            keep = partial(self._kept, protocol, sets)
            known = of.studio(of.varieties, sets)
            if protocol == "B":
                return protocols.unseen_varieties(sets, known, self._repetitions, keep)
            return protocols.by_number_of_varieties(sets, known, CURVE, self._fewer, keep)
        if protocol in STUDIO:
            return self._tables("".join(STUDIO), _studio_sets(of), _studio)[protocol]
        sets, compute = {"D": (_stall_sets(of), _d), "E": (_novelty_sets(of), _e)}[protocol]
        return self._tables(protocol, sets, compute)[protocol]

    def _tables(
        self, name: str, sets: Sets, compute: Callable[[Collections, Sets], Mapping[str, Table]]
    ) -> Mapping[str, Table]:
        """Tables by protocol, those that are computed together."""

        def values() -> dict[str, Any]:
            log.info("%s", name)
            return {
                protocol: {
                    blocks: {key: figure.to_dict() for key, figure in figures.items()}
                    for blocks, figures in table.items()
                }
                for protocol, table in compute(self._of, sets).items()
            }

        return {
            protocol: {
                blocks: {key: Figure(**figure) for key, figure in figures.items()}
                for blocks, figures in table.items()
            }
            for protocol, table in values_once(self._path(name, sets, "json"), values).items()
        }

    def _kept(self, protocol: str, sets: Sets, draw: int, compute: Callable[[], Drawn]) -> Drawn:
        log.info("%s, draw %d", protocol, draw)
        return arrays_once(self._path(protocol, sets, "npz", draw), compute)

    def _path(self, protocol: str, sets: Sets, suffix: str, *more: int) -> Path:
        of = self._of
        heads = {name: [asdict(head) for head in heads] for name, heads in sets.items()}
        albums = [place.name for place in (of.places.images, of.places.varieties, of.places.shop)]
        network = asdict(of.network) if of.network else None
        name = fingerprint(VERSION, protocol, heads, albums, network, more)
        return of.places.kept / f"figures-{protocol}-{name}.{suffix}"


def _studio_sets(of: Collections) -> Sets:
    recognition, generalisation = STUDIO_HEADS
    sets: dict[str, Sequence[HeadSettings]] = {
        "orb": (HeadSettings("orb", ("orb",)),),
        "colour": (HeadSettings("colour", ("colour",)),),
        "orb + colour": (recognition,),
        "statistics": (generalisation,),
        "all": STUDIO_HEADS,
    }
    if of.network:
        network = NETWORK_HEADS[:1]
        sets |= {"network": network, "all + network": (*STUDIO_HEADS, *network)}
    return sets


def _curve_sets(of: Collections) -> Sets:
    sets: dict[str, Sequence[HeadSettings]] = {"statistics": STUDIO_HEADS[1:]}
    return sets | ({"network": NETWORK_HEADS[:1]} if of.network else {})


def _stall_sets(of: Collections) -> Sets:
    sets: dict[str, Sequence[HeadSettings]] = {head.name: (head,) for head in STALL_HEADS}
    sets |= {"colour, both views": STALL_HEADS[:2], "edges, both views": STALL_HEADS[2:4]}
    sets["all"] = STALL_HEADS[:4]
    if of.network:
        sets |= {head.name: (head,) for head in NETWORK_HEADS}
        sets |= {
            "network": NETWORK_HEADS,
            "all + network": (*STALL_HEADS[:4], *NETWORK_HEADS),
        }
    return sets


def _novelty_sets(of: Collections) -> Sets:
    """A few heads: their distances take long where rows are wide."""
    sets: dict[str, Sequence[HeadSettings]] = {
        head.name: (head,) for head in (STALL_HEADS[1], STALL_HEADS[-1])
    }
    if of.network:
        sets |= {head.name: (head,) for head in NETWORK_HEADS}
    return sets


def _studio(of: Collections, sets: Sets) -> Mapping[str, Table]:
    """Studio photographs are learnt once; three collections are asked about."""
    training = of.studio(of.training, sets)
    species = {name.species for name in training.names.values()}
    asked = {
        "A": of.studio(of.test, sets),
        "C": _only(of.studio(of.varieties, sets), species),
        "F": _only(_renamed(of.shop_as_studio(of.shop_training.only(FRUIT), sets)), species),
    }
    together = reduce(Known.with_more, asked.values())
    answers = ask(sets, training, together)
    tables: dict[str, Table] = {}
    start = 0
    for protocol, part in asked.items():
        end = start + len(part.labels)
        judge = protocols.frames_of_known_fruits if protocol == "A" else protocols.another_camera
        tables[protocol] = judge(answers.part(slice(start, end)), part)
        start = end
    return tables


def _only(asked: Known, species: Set[str]) -> Known:
    """The photographs of species that were learnt."""
    return asked.part(np.array([str(name) in species for name in asked.species]))


def _renamed(asked: Known) -> Known:
    names = {
        label: Name(SAME_SPECIES.get(name.species, name.species), name.variety)
        for label, name in asked.names.items()
    }
    return replace(asked, names=names)


def _d(of: Collections, sets: Sets) -> Mapping[str, Table]:
    training, asked = (of.stall(part, sets) for part in (of.shop_training, of.shop_asked))
    return {"D": protocols.shop(sets, training, asked)}


def _e(of: Collections, sets: Sets) -> Mapping[str, Table]:
    """Fruit alone is learnt; all that is no fruit is asked about, the fruit of other visits too."""
    training, asked = (of.stall(part, sets) for part in (of.shop_training, of.shop_asked))
    kinds = np.concatenate([of.shop_training.kinds, of.shop_asked.kinds])
    others = np.isin(kinds, (PACKAGES, VEGETABLES))
    table = protocols.no_fruit(
        sets,
        training.part(of.shop_training.kinds == FRUIT),
        asked.part(of.shop_asked.kinds == FRUIT),
        training.with_more(asked).part(others),
        kinds[others],
    )
    return {"E": table}
