"""What the words look like: for each the patches nearest to it, cut out of real photographs.

Keypoints are not kept, so some photographs are looked at once more: a few of each label, drawn by
their ids, and never more than a bound however large the collection is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from verger.config.settings import ExtractorSettings
from verger.imaging.cutout import as_png, cut_out
from verger.imaging.decoding import Pixels, decode, gray_of
from verger.imaging.orb import Detected, Extractor
from verger.lake.checkpoint import Checkpoint
from verger.spark.frames import spark_schema
from verger.spark.workers import map_batches
from verger.stages.stage_run import StageRun
from verger.tables import schemas
from verger.tables.columns import Batches
from verger.vocabulary.sampling import thresholds
from verger.vocabulary.words import Vocabulary

if TYPE_CHECKING:
    from pyspark.sql import Column

PHOTOGRAPHS = 128  # so many are looked at, on average
OF_A_WORD = 4
WHOLE_PHOTOGRAPH = 1 << 20  # pixels: a longer side that none has


def find_exemplars(
    run: StageRun, images: Sequence[Checkpoint], labels: Mapping[str, int], words: Vocabulary
) -> pa.Table:
    """For each word its nearest patches (`EXEMPLARS`), no two of one photograph, nearest first; on
    ties the lower id. A word that nothing is nearest to has none.

    ``labels`` are the photographs of each label.
    """
    drawn = run.rows(images, "images").where(_is_drawn(thresholds(labels, PHOTOGRAPHS)))
    found = map_batches(
        drawn.select("photo", "label", "content"),
        _nearest_patches(run.plan.preset.extractor, words),
        spark_schema(schemas.EXEMPLARS),
    )
    return nearest_of_each(found.toArrow().cast(schemas.EXEMPLARS))


def nearest_of_each(found: pa.Table) -> pa.Table:
    """The first few rows of each word, by distance and photograph."""
    keys = [(name, "ascending") for name in ("word", "distance", "photo")]
    ordered = found.sort_by(keys)
    of = ordered.column("word").to_numpy()
    rank = np.arange(len(of)) - np.searchsorted(of, of)
    return ordered.filter(pa.array(rank < OF_A_WORD)).combine_chunks()


def _is_drawn(limits: Mapping[str, int]) -> Column:
    """Whether a photograph's id, which is a hash, lies below the limit of its label."""
    from pyspark.sql import functions as f

    # Any id is less than "g".
    bounds = {label: f"{limit:016x}" if limit < 1 << 64 else "g" for label, limit in limits.items()}
    table = f.create_map(*(f.lit(part) for pair in bounds.items() for part in pair))
    return f.col("photo") < table[f.col("label")]


def _nearest_patches(
    settings: ExtractorSettings, words: Vocabulary
) -> Callable[[Batches], Batches]:
    """Photographs (content) -> the patches nearest to each word, of all of them together."""

    def run(batches: Batches) -> Batches:
        looker = _Looker(Extractor(settings), settings.side or WHOLE_PHOTOGRAPH, words)
        for batch in batches:
            for row in batch.to_pylist():
                looker.look(row["photo"], row["label"], row["content"])
        yield from pa.Table.from_pylist(looker.rows(), schema=schemas.EXEMPLARS).to_batches()

    return run


class _Looker:
    """Looks at photographs as extraction did, and keeps of each word the nearest patches."""

    def __init__(self, extractor: Extractor, side: int, words: Vocabulary) -> None:
        self._extractor = extractor
        self._side = side
        self._words = words
        # Distance, photograph, label, pixels; nearest first.
        self._kept: dict[int, list[tuple[int, str, str, Pixels]]] = {}

    def look(self, photo: str, label: str, content: bytes) -> None:
        """See whether a photograph has patches that are nearer than those before."""
        gray = gray_of(content, WHOLE_PHOTOGRAPH)
        detected = self._extractor.detect(gray)
        if not len(detected.descriptors):
            return
        # No finer than the extractor looks: a pattern of 31 pixels there is what a word is about.
        pixels = decode(content, self._side)
        scale = max(pixels.shape[:2]) / max(gray.shape)
        for at, word, distance in _best_of_each(detected, self._words):
            kept = self._kept.setdefault(word, [])
            if len(kept) == OF_A_WORD and (distance, photo) > kept[-1][:2]:
                continue
            x, y, side = (float(of) * scale for of in detected.squares[at])
            patch = cut_out(pixels, (x, y, side), float(detected.angles[at]))
            kept.append((distance, photo, label, patch))
            kept.sort(key=lambda one: one[:2])
            del kept[OF_A_WORD:]

    def rows(self) -> list[dict[str, object]]:
        """What was kept, as rows of `EXEMPLARS`."""
        return [
            {
                "word": word,
                "distance": distance,
                "photo": photo,
                "label": label,
                "picture": as_png(patch),
            }
            for word, kept in sorted(self._kept.items())
            for distance, photo, label, patch in kept
        ]


def _best_of_each(detected: Detected, words: Vocabulary) -> Iterator[tuple[int, int, int]]:
    """For each word that occurs: the place of its nearest descriptor, the word, the distance."""
    nearest, distances = words.quantise(detected.descriptors)
    order = np.lexsort((distances, nearest))  # stable: of equals the strongest corner
    of, first = np.unique(nearest[order], return_index=True)
    for word, at in zip(of.tolist(), order[first].tolist(), strict=True):
        yield at, word, int(distances[at])
