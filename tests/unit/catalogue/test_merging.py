"""Many small segments become few, and hold the same photographs."""

from hypothesis import given
from hypothesis import strategies as st

from verger.catalogue.collection import Catalogue, advance, digest
from verger.catalogue.merging import LARGE, TOGETHER, merge_small
from verger.objects.storage import StoredObject


def delivered(ahead_of, day, photographs):
    fresh = [StoredObject(f"Apple/{day}-{n}.jpg", 1, "a") for n in range(photographs)]
    return advance(ahead_of, [*ahead_of.photographs.values(), *fresh])


def a_year(photographs, days=365):
    """The number of segments after each day, and the last day's catalogue."""
    state, counts, copied = Catalogue(), [], 0
    for day in range(days):
        ahead = delivered(state, day, photographs)
        merged = merge_small(ahead, {segment.id for segment in state.segments})
        copied += sum(of.photographs for of in merged.segments if len(of.sources) > 1)
        state = merged.catalogue
        counts.append(len(merged.segments))
    return counts, state, copied


def test_a_year_of_daily_deliveries_is_a_few_segments():
    counts, state, copied = a_year(photographs=20)
    assert max(counts) <= 3 * TOGETHER
    assert len(state.photographs) == 365 * 20
    assert copied <= 4 * len(state.photographs)


def test_a_year_of_single_photographs_is_a_few_segments_too():
    counts, state, _ = a_year(photographs=1)
    assert max(counts) <= 2 * TOGETHER
    assert len(state.photographs) == 365


def test_what_a_segment_is_merged_of_is_named_and_its_id_stands_for_its_photographs():
    state = Catalogue()
    for day in range(TOGETHER):
        state = delivered(state, day, 2).catalogue
    ahead = delivered(state, TOGETHER, 2)
    merged = merge_small(ahead, {segment.id for segment in state.segments})
    one, fresh = sorted(merged.segments, key=lambda segment: -segment.photographs)
    assert one.sources == tuple(sorted(segment.id for segment in state.segments))
    assert one.id == digest(merged.catalogue.in_segment(one.id))
    assert fresh.sources == ()
    assert merged.catalogue.photographs == ahead.catalogue.photographs


def test_a_year_that_was_never_merged_is_merged_at_once():
    state = Catalogue()
    for day in range(365):
        state = delivered(state, day, 1).catalogue
    ahead = delivered(state, 365, 1)
    assert len(merge_small(ahead, {segment.id for segment in state.segments}).segments) == 2


def test_large_segments_stay_as_they_are():
    keys = {f"Apple/{n}.jpg": StoredObject(f"Apple/{n}.jpg", 1, "a") for n in range(LARGE)}
    one = Catalogue(keys, dict.fromkeys(keys, "large"))
    ahead = delivered(one, 0, 1)
    assert merge_small(ahead, {"large"}) == ahead


@given(st.lists(st.integers(1, 5), max_size=40), st.data())
def test_whatever_is_mergeable_the_photographs_stay_the_same(deliveries, data):
    state = Catalogue()
    for day, photographs in enumerate(deliveries):
        state = delivered(state, day, photographs).catalogue
    ids = [segment.id for segment in state.segments]
    mergeable = set(data.draw(st.lists(st.sampled_from(ids))) if ids else ())
    merged = merge_small(delivered(state, "last", 1), mergeable)
    assert merged.catalogue.digest == delivered(state, "last", 1).catalogue.digest
    assert {(of.id, of.photographs) for of in merged.segments} == {
        (of.id, of.photographs) for of in merged.catalogue.segments
    }
    for segment in merged.segments:
        assert segment.id == digest(merged.catalogue.in_segment(segment.id))
        assert set(segment.sources) <= mergeable
