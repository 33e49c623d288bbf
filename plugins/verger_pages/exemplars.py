"""The patches of photographs that are nearest to words, as a vocabulary's checkpoint has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from verger.gates.vocabulary import EXEMPLARS
from verger.lake.checkpoint import Checkpoint
from verger_pages.swatches import png


@dataclass(frozen=True)
class Exemplar:
    """A patch of a photograph that is near to a word: its picture, how far it is in bits."""

    picture: str
    distance: int
    photo: str
    label: str


def exemplars_of(vocabulary: Checkpoint) -> Mapping[int, list[Exemplar]]:
    """The patches of each word, nearest first; none where the words were fitted before they were
    kept, and none of colour, whose words are colours themselves.
    """
    found: dict[int, list[Exemplar]] = {}
    if EXEMPLARS in vocabulary.manifest.tables:
        for row in vocabulary.read(EXEMPLARS).to_pylist():
            one = Exemplar(png(row["picture"]), row["distance"], row["photo"], row["label"])
            found.setdefault(row["word"], []).append(one)
    return found
