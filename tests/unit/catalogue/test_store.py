"""The catalogue in the lake: a run reads and writes what is new."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verger.catalogue.collection import Catalogue, advance
from verger.catalogue.store import CatalogueStore
from verger.errors import VergerError
from verger.objects.folder import Folder
from verger.objects.storage import StoredObject

APPLE, KIWI, PLUM = (StoredObject(f"{name}/1.jpg", 1, "a") for name in ("Apple", "Kiwi", "Plum"))
listings = st.dictionaries(
    st.sampled_from(
        [f"{label}/{n}.jpg" for label in ("Apple", "Pomme à", "no\nsuch") for n in "12"]
    ),
    st.sampled_from(["a", "b"]),
)


@pytest.fixture
def store(tmp_path):
    return CatalogueStore(Folder(str(tmp_path)), "s3://in")


def segment_files(folder):
    return {path.name: path.stat().st_mtime_ns for path in folder.rglob("segments/*")}


@given(st.lists(listings, min_size=1, max_size=4))
def test_states_that_follow_each_other_are_read_as_they_were(tmp_path_factory, states):
    store = CatalogueStore(Folder(str(tmp_path_factory.mktemp("lake"))), "s3://in")
    before = Catalogue()
    kept = {}
    for found in states:
        listed = [StoredObject(key, len(etag), etag) for key, etag in found.items()]
        state = advance(before, listed).catalogue
        kept[store.add(state, before)] = state
        before = state
    for key, state in kept.items():
        assert store.read(key) == state


def test_the_same_state_is_the_same_file(store):
    state = advance(Catalogue(), [APPLE, KIWI]).catalogue
    assert store.add(state, Catalogue()) == store.add(state, Catalogue())


def test_a_state_counts_only_once_it_is_made_the_latest(store):
    state = advance(Catalogue(), [APPLE]).catalogue
    key = store.add(state, Catalogue())
    assert store.latest() == Catalogue()
    store.make_latest(key)
    assert store.latest() == state
    assert CatalogueStore(store.lake, "s3://in/").latest() == state
    assert CatalogueStore(store.lake, "s3://elsewhere").latest() == Catalogue()


def test_a_delivery_writes_its_own_photographs_and_leaves_the_files_of_the_others(store, tmp_path):
    before = advance(Catalogue(), [APPLE]).catalogue
    store.add(before, Catalogue())
    written = segment_files(tmp_path)
    store.add(advance(before, [APPLE, KIWI, PLUM]).catalogue, before)
    now = segment_files(tmp_path)
    assert written.items() < now.items()
    assert len(now) == 2


def test_a_catalogue_that_lost_a_part_says_what_to_do(store, tmp_path):
    store.make_latest(store.add(advance(Catalogue(), [APPLE]).catalogue, Catalogue()))
    (segment,) = tmp_path.rglob("segments/*")
    segment.unlink()
    with pytest.raises(VergerError, match="verger pipeline --rebuild"):
        store.latest()


def test_a_segment_is_read_without_the_others(store, tmp_path):
    before = advance(Catalogue(), [APPLE]).catalogue
    store.add(before, Catalogue())
    (others,) = tmp_path.rglob("segments/*")
    ahead = advance(before, [APPLE, PLUM, KIWI])
    store.add(ahead.catalogue, before)
    others.unlink()
    (new,) = (segment for segment in ahead.segments if segment.photographs == 2)
    assert store.photographs(new.id) == [KIWI, PLUM]
