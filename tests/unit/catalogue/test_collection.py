"""What is new is decided by key and ETag, against what was imported before."""

from hypothesis import given
from hypothesis import strategies as st

from verger.catalogue.collection import Catalogue, Change, advance, digest
from verger.objects.storage import StoredObject


def photograph(key: str, content: str = "a") -> StoredObject:
    return StoredObject(key, len(content), content)


APPLE, KIWI = photograph("Apple/1.jpg"), photograph("Kiwi/1.jpg")
contents = st.dictionaries(
    st.sampled_from([f"{label}/{n}.jpg" for label in ("Apple", "Kiwi") for n in range(4)]),
    st.sampled_from(["a", "b"]),
    max_size=8,
)


def listing(found: dict[str, str]) -> list[StoredObject]:
    return [photograph(key, content) for key, content in found.items()]


def test_the_first_listing_is_one_segment_of_new_photographs():
    ahead = advance(Catalogue(), [APPLE, KIWI])
    (segment,) = ahead.segments
    assert (segment.photographs, segment.sources) == (2, ())
    assert ahead.changes == {"Apple": Change(new=1, size=1), "Kiwi": Change(new=1, size=1)}


def test_nothing_new_changes_nothing():
    before = advance(Catalogue(), [APPLE, KIWI]).catalogue
    again = advance(before, [KIWI, APPLE])
    assert again.catalogue == before
    assert again.segments == before.segments
    assert again.changes == {}


def test_a_delivery_is_a_segment_beside_the_others():
    before = advance(Catalogue(), [APPLE]).catalogue
    ahead = advance(before, [APPLE, KIWI])
    assert before.segments[0] in ahead.segments
    assert len(ahead.segments) == 2
    assert ahead.total == Change(new=1, size=1)


def test_a_replaced_photograph_leaves_its_segment_and_the_others_of_it_are_kept():
    before = advance(Catalogue(), [APPLE, KIWI]).catalogue
    ahead = advance(before, [photograph("Apple/1.jpg", "other"), KIWI])
    assert ahead.total == Change(changed=1, size=5)
    left = next(segment for segment in ahead.segments if segment.sources)
    assert left.sources == (before.segments[0].id,)
    assert ahead.catalogue.in_segment(left.id) == [KIWI]


def test_a_deleted_photograph_is_in_no_segment():
    before = advance(Catalogue(), [APPLE, KIWI]).catalogue
    ahead = advance(before, [KIWI])
    assert ahead.total == Change(deleted=1)
    assert sum(segment.photographs for segment in ahead.segments) == 1


def test_a_category_alone_leaves_the_others_as_they_are_listed_or_not():
    before = advance(Catalogue(), [APPLE]).catalogue
    ahead = advance(before, [KIWI, photograph("Plum/1.jpg")], ["Kiwi"])
    assert set(ahead.catalogue.photographs) == {"Apple/1.jpg", "Kiwi/1.jpg"}
    assert set(ahead.changes) == {"Kiwi"}


def test_what_waits_stays_as_it_is_whether_it_was_replaced_or_is_new():
    before = advance(Catalogue(), [APPLE]).catalogue
    listed = [photograph(APPLE.key, "other"), KIWI]
    assert advance(before, listed, waiting={APPLE.key, KIWI.key}).catalogue == before


def test_the_same_photographs_are_the_same_segment_wherever_they_were_listed():
    assert digest([APPLE, KIWI]) == digest([KIWI, APPLE])
    assert digest([APPLE]) != digest([photograph("Apple/1.jpg", "other")])


@given(st.lists(contents, min_size=1, max_size=5))
def test_any_way_to_a_listing_ends_with_the_catalogue_of_a_rebuild(states):
    state = Catalogue()
    for found in states:
        state = advance(state, listing(found)).catalogue
    rebuilt = advance(Catalogue(), listing(states[-1])).catalogue
    assert state.photographs == rebuilt.photographs
    assert state.digest == rebuilt.digest
    for segment in state.segments:
        assert segment.id == digest(state.in_segment(segment.id))
