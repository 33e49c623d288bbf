"""A vacuum keeps what it cannot read, and removes what came to nothing."""

import os
import time
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from tests.plans import planned
from verger.catalogue.collection import Catalogue, advance
from verger.catalogue.store import CatalogueStore
from verger.lake.address import Address
from verger.lake.draft import Metrics
from verger.lake.records import record_of
from verger.lake.registry import Model, Published
from verger.lake.store import Lake
from verger.objects.storage import StoredObject
from verger.operations.vacuum import vacuum

TABLE = pa.table({"word": [1]})
DAYS = 24 * 3600
MODEL = Model("m", "fruits", {}, "0" * 16, "1" * 16, 8, 4, 50.0, {}, 10, "r", "2026")


@pytest.fixture
def lake(tmp_path):
    return Lake.at(str(tmp_path))


def made(lake, address):
    draft = lake.draft(address)
    draft.write("table", TABLE)
    return draft.commit(Metrics({}))


def aged(lake, days=100):
    then = time.time() - days * DAYS
    for path in Path(lake.storage.root).rglob("*"):
        os.utime(path, (then, then))


def removed(lake):
    aged(lake)
    return vacuum(lake, 30, delete=True).removed


def place(address):
    return "/".join(address.id)


def latest_plan(lake):
    """The plan of the run that made the latest state of its collection."""
    store = CatalogueStore(lake.storage, "s3://in/spring")
    state = advance(Catalogue(), [StoredObject("Apple/1.jpg", 1, "a")]).catalogue
    key = store.add(state, Catalogue())
    store.make_latest(key, "", by="r")
    plan = replace(planned(), catalogue=key)
    plan.store(lake.storage)
    return plan


def test_what_nobody_refers_to_goes(lake):
    lost = Address("images", 1, {}, {})
    made(lake, lost)
    assert removed(lake) == (place(lost),)


def test_the_latest_state_keeps_its_checkpoints(lake):
    plan = latest_plan(lake)
    made(lake, plan.recipe.bovw)
    assert removed(lake) == ()


@pytest.mark.parametrize("content", [b"{", b'{"run_id": "of 2031"}'])
def test_of_a_plan_that_cannot_be_read_all_that_its_run_names_is_kept(lake, content):
    named, lost = (Address("images", version, {}, {}) for version in (1, 2))
    record = record_of("import_images", [made(lake, named)], reused=False, seconds=1)
    lake.note("r", record)
    made(lake, lost)
    lake.storage.write("runs/r/plan.json", content)
    assert removed(lake) == (place(lost),)


def test_where_the_latest_state_cannot_be_read_all_states_keep_theirs(lake, tmp_path):
    plan = latest_plan(lake)
    made(lake, plan.recipe.bovw)
    (pointer,) = tmp_path.rglob("latest.json")
    pointer.write_bytes(b"{")
    assert removed(lake) == ()


def test_where_the_published_models_cannot_be_read_every_vocabulary_is_kept(lake):
    words = Address("vocabulary", 1, {}, {})
    made(lake, words)
    lake.storage.write("models/fruits/current.json", b"{")
    assert removed(lake) == ()
    promote = lambda before: before.promoted(MODEL, "r")  # noqa: E731
    lake.storage.delete(["models/fruits/current.json"])
    Published.change(lake.storage, "fruits", promote)
    assert removed(lake) == (place(words),)


def test_attempts_that_came_to_nothing_go_and_the_checkpoint_stays_whole(lake):
    address = latest_plan(lake).recipe.bovw
    died = lake.draft(address)
    died.write("table", TABLE)
    kept = made(lake, address)
    assert removed(lake) == (f"{place(address)}/{died.attempt}",)
    assert lake.find(*address.id) == kept
    assert removed(lake) == ()


def test_a_young_attempt_may_be_at_work(lake):
    address = latest_plan(lake).recipe.bovw
    made(lake, address)
    aged(lake)
    lake.draft(address).write("table", TABLE)
    assert vacuum(lake, 30, delete=True).removed == ()
