"""Many small segments become few larger ones, so that stages do not work through hundreds of them.

Segments have sizes: below 512 photographs, below 8 times that, and so on. Eight of one size become
one of the next (as log-structured stores compact their files), so a photograph is copied three
times at most, and a year of daily deliveries is some twenty segments.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace

from verger.catalogue.collection import Advance, Catalogue, Segment, digest

TOGETHER = 8
SMALL = 512
LARGE = 100_000  # photographs: that many are work enough for a stage at a time

Group = tuple[Segment, ...]


def merge_small(ahead: Advance, mergeable: Collection[str]) -> Advance:
    """The same photographs in fewer segments: of those that are ``mergeable``, by their ids."""
    groups: list[Group] = [(segment,) for segment in ahead.segments if segment.id in mergeable]
    others = [segment for segment in ahead.segments if segment.id not in mergeable]
    while together := _full_size(groups):
        merged = tuple(segment for group in together for segment in group)
        groups = [group for group in groups if group not in together] + [merged]
    segments = [*others, *(_as_segment(group, ahead.catalogue) for group in groups)]
    segment_of = dict(ahead.catalogue.segment_of)
    renamed = {source: of.id for of in segments for source in of.sources if source in mergeable}
    segment_of = {key: renamed.get(of, of) for key, of in segment_of.items()}
    return replace(
        ahead,
        catalogue=Catalogue(ahead.catalogue.photographs, segment_of),
        segments=tuple(sorted(segments, key=lambda segment: segment.id)),
    )


def _full_size(groups: Sequence[Group]) -> list[Group]:
    """The groups of the smallest size of which there are enough."""
    sizes: dict[int, list[Group]] = defaultdict(list)
    for group in groups:
        photographs = _photographs(group)
        if photographs < LARGE:
            sizes[_size(photographs)].append(group)
    full = (sizes[size] for size in sorted(sizes) if len(sizes[size]) >= TOGETHER)
    return next(full, [])


def _size(photographs: int) -> int:
    size = 0
    while photographs >= SMALL * TOGETHER**size:
        size += 1
    return size


def _photographs(group: Group) -> int:
    return sum(segment.photographs for segment in group)


def _as_segment(group: Group, catalogue: Catalogue) -> Segment:
    if len(group) == 1:
        return group[0]
    ids = {segment.id for segment in group}
    photographs = (catalogue.photographs[k] for k, of in catalogue.segment_of.items() if of in ids)
    return Segment(digest(photographs), _photographs(group), origins=tuple(sorted(ids)))
