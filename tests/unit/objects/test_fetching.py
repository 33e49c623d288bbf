"""Objects fetched by many threads at once."""

import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verger.objects import fetching
from verger.objects.fetching import BYTES_TOGETHER, fetched
from verger.objects.storage import StoredObject


def objects(sizes):
    return [StoredObject(f"{i}.jpg", size, "") for i, size in enumerate(sizes)]


@given(st.lists(st.integers(0, 2 * BYTES_TOGETHER), max_size=300))
def test_every_object_comes_once_and_in_order(sizes):
    listed = objects(sizes)
    assert list(fetched(lambda item: item.key, listed)) == [item.key for item in listed]


@given(st.lists(st.integers(0, 2 * BYTES_TOGETHER), max_size=300))
def test_what_is_under_way_is_bounded(sizes):
    most = fetching.GROUPS_UNDER_WAY * fetching.OBJECTS_TOGETHER
    largest = max([*sizes, BYTES_TOGETHER])
    taken = []

    def listing():
        for item in objects(sizes):
            taken.append(item.size)
            yield item

    for done, _ in enumerate(fetched(lambda item: item.key, listing())):
        ahead = taken[done:]
        assert len(ahead) <= most + 1
        assert sum(ahead) <= (fetching.GROUPS_UNDER_WAY + 1) * largest


@given(st.lists(st.integers(0, 2 * fetching.BYTES_UNDER_WAY), max_size=60))
def test_the_bytes_under_way_are_bounded_however_large_the_objects_are(sizes):
    held = Held()
    for item in fetched(held.fetch, objects(sizes)):
        held.give_back(item)
    assert held.most <= max([fetching.BYTES_UNDER_WAY, *sizes])


class Held:
    """The bytes that were fetched and not taken yet."""

    def __init__(self):
        self.now = self.most = 0
        self._lock = threading.Lock()

    def fetch(self, item):
        with self._lock:
            self.now += item.size
            self.most = max(self.most, self.now)
        return item

    def give_back(self, item):
        with self._lock:
            self.now -= item.size


def test_many_objects_are_waited_for_at_the_same_time():
    together = threading.Barrier(8, timeout=30)
    listed = objects([BYTES_TOGETHER] * 8)
    assert len(list(fetched(lambda _: together.wait(), listed))) == 8


def test_an_error_is_raised_where_its_object_would_have_come():
    def fetch(item):
        if item.key == "5.jpg":
            raise OSError("no route to the orchard")
        return item.key

    results = fetched(fetch, objects([1] * 10))
    assert next(results) == "0.jpg"
    with pytest.raises(OSError, match="orchard"):
        list(results)


def test_what_nobody_waits_for_any_more_is_not_fetched():
    asked = []
    results = fetched(lambda item: asked.append(item.key) or time.sleep(0.05), objects([1] * 1000))
    next(results)
    results.close()
    so_far = len(asked)
    assert so_far <= 4 * 64
    time.sleep(0.2)
    assert len(asked) == so_far
