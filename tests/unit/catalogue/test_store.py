"""The catalogue in the lake: a run reads and writes what is new."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verger.catalogue.collection import Catalogue, advance, digest
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


def latest(store):
    return store.read(store.latest())


def following(store, listing):
    """The key of the state after the latest one, once it is the latest."""
    base = store.latest()
    before = store.read(base)
    key = store.add(advance(before, listing).catalogue, before)
    store.make_latest(key, base, by=f"run {len(listing)} {base}")
    return key


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
    assert latest(store) == Catalogue()
    store.make_latest(key, "", by="run")
    assert latest(store) == state
    assert latest(CatalogueStore(store.storage, "s3://in/")) == state
    assert latest(CatalogueStore(store.storage, "s3://elsewhere")) == Catalogue()


def test_a_delivery_writes_its_own_photographs_and_leaves_the_files_of_the_others(store, tmp_path):
    before = advance(Catalogue(), [APPLE]).catalogue
    store.add(before, Catalogue())
    written = segment_files(tmp_path)
    store.add(advance(before, [APPLE, KIWI, PLUM]).catalogue, before)
    now = segment_files(tmp_path)
    assert written.items() < now.items()
    assert len(now) == 2


def test_a_catalogue_that_lost_a_part_says_what_to_do(store, tmp_path):
    following(store, [APPLE])
    (segment,) = tmp_path.rglob("segments/*")
    segment.unlink()
    with pytest.raises(VergerError, match=r"is gone .* delete .*latest\.json.*--rebuild"):
        latest(store)


def test_a_part_that_is_damaged_is_named_with_what_to_do(store, tmp_path):
    following(store, [APPLE])
    for path in [path for path in tmp_path.rglob("*") if path.is_file()]:
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
        with pytest.raises(VergerError, match=rf"{path.name} is damaged .* delete .*latest\.json"):
            latest(store)
        path.write_bytes(whole)
    assert latest(store).photographs == {APPLE.key: APPLE}


def test_without_the_pointer_everything_is_new_again(store, tmp_path):
    following(store, [APPLE])
    (pointer,) = tmp_path.rglob("latest.json")
    pointer.unlink()
    assert latest(store) == Catalogue()


def test_a_pointer_that_is_damaged_is_mended_by_a_rebuild(store, tmp_path):
    following(store, [APPLE])
    (pointer,) = tmp_path.rglob("latest.json")
    pointer.write_bytes(b"{")
    state = advance(Catalogue(), [KIWI]).catalogue
    store.make_latest(store.add(state, Catalogue()), "", by="rebuild")
    assert latest(store) == state


def test_two_runs_that_looked_at_different_labels_at_once_keep_the_changes_of_both(store):
    base = following(store, [APPLE, PLUM])
    before = store.read(base)
    kiwi = advance(before, [APPLE, PLUM, KIWI], ["Kiwi"]).catalogue
    no_plum = advance(before, [APPLE, KIWI], ["Plum"]).catalogue
    ours, theirs = (store.add(state, before) for state in (kiwi, no_plum))
    store.make_latest(theirs, base, by="one")
    store.make_latest(ours, base, by="other")
    assert set(latest(store).photographs) == {APPLE.key, KIWI.key}
    for segment in latest(store).segments:
        assert segment.id == digest(store.photographs(segment.id))


def test_a_run_that_is_repeated_later_does_not_bring_back_what_it_saw(store):
    first = following(store, [APPLE])
    old = store.add(advance(store.read(first), [APPLE, KIWI]).catalogue, store.read(first))
    store.make_latest(old, first, by="old")
    following(store, [APPLE, PLUM])
    store.make_latest(old, first, by="old")
    assert set(latest(store).photographs) == {APPLE.key, PLUM.key}


def test_a_segment_is_read_without_the_others(store, tmp_path):
    before = advance(Catalogue(), [APPLE]).catalogue
    store.add(before, Catalogue())
    (others,) = tmp_path.rglob("segments/*")
    ahead = advance(before, [APPLE, PLUM, KIWI])
    store.add(ahead.catalogue, before)
    others.unlink()
    (new,) = (segment for segment in ahead.segments if segment.photographs == 2)
    assert store.photographs(new.id) == [KIWI, PLUM]
