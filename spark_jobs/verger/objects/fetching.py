"""Many objects at once: threads wait for a storage, the caller works on what has come."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

from verger.objects.s3 import S3_CONNECTIONS
from verger.objects.storage import StoredObject

R = TypeVar("R")

# To hand a task to a thread and its result back takes part of what a GET takes, so small objects
# go together: the GETs of 8,000 photographs took 2.9 s of processor in fours, 3.5 s one by one.
OBJECTS_TOGETHER = 4
BYTES_TOGETHER = 1 << 18
GROUPS_UNDER_WAY = 2 * S3_CONNECTIONS
BYTES_UNDER_WAY = 64 << 20


@dataclass(frozen=True)
class Group(Generic[R]):
    """Objects that one thread fetches, one after the other, and their bytes."""

    size: int
    results: Future[list[R]]


def fetched(fetch: Callable[[StoredObject], R], items: Iterable[StoredObject]) -> Iterator[R]:
    """What `fetch` makes of every object, in order; it is called in as many threads as there are
    connections.

    The objects under way have at most BYTES_UNDER_WAY together. A larger one is fetched alone.
    """

    def fetch_group(group: Sequence[StoredObject]) -> list[R]:
        return [fetch(item) for item in group]

    waiting: deque[Group[R]] = deque()
    under_way = 0
    with ThreadPoolExecutor(S3_CONNECTIONS) as pool:
        try:
            for group in _groups(items):
                size = sum(item.size for item in group)
                while waiting and (
                    len(waiting) == GROUPS_UNDER_WAY or under_way + size > BYTES_UNDER_WAY
                ):
                    first = waiting.popleft()
                    yield from first.results.result()
                    under_way -= first.size
                waiting.append(Group(size, pool.submit(fetch_group, group)))
                under_way += size
            while waiting:
                yield from waiting.popleft().results.result()
        finally:  # nobody wants the rest: an error, or the caller has stopped
            for group_to_come in waiting:
                group_to_come.results.cancel()


def _groups(items: Iterable[StoredObject]) -> Iterator[list[StoredObject]]:
    """Neighbours of at most so many objects and bytes; a larger object is a group of its own."""
    group: list[StoredObject] = []
    size = 0
    for item in items:
        if group and (len(group) == OBJECTS_TOGETHER or size + item.size > BYTES_TOGETHER):
            yield group
            group, size = [], 0
        group.append(item)
        size += item.size
    if group:
        yield group
