"""What a plan decides, and what it says about it."""

from dataclasses import replace

import pytest

from verger.catalogue.collection import Catalogue, advance
from verger.catalogue.store import CatalogueStore
from verger.config.settings import FRUITS
from verger.contract import STAGES
from verger.errors import NoPhotographsError, VergerError
from verger.lake.address import Address
from verger.lake.draft import Metrics
from verger.lake.registry import Model, Published
from verger.lake.store import Lake
from verger.objects.folder import Folder
from verger.objects.storage import StoredObject
from verger.operations.promotion import publish
from verger.operations.summary import summarise
from verger.planning.plan import UnusedSetting, read_plan
from verger.planning.planner import RunRequest, make_plan, reusable, settle
from verger.planning.recipe import PCA, VOCABULARY, Recipe

REQUEST = RunRequest("r", "s3://in", FRUITS)
APPLE, KIWI = (StoredObject(f"{name}/1.jpg", 1, "a") for name in ("Apple", "Kiwi"))


@pytest.fixture
def lake(tmp_path):
    return Lake.at(str(tmp_path))


def plan(lake, listing, run_id="r", waiting=(), **request):
    return make_plan(replace(REQUEST, run_id=run_id, **request), lake, listing, "5.0", waiting)


def imported(lake, made):
    CatalogueStore(lake.storage, made.images).make_latest(made.catalogue, made.base, made.run_id)


def published(lake, k=1000, pca_k=100):
    """A model whose words and components lie in the lake."""
    words, pca = replace(FRUITS.words, k=k), replace(FRUITS.pca, k=pca_k)
    recipe = Recipe(replace(FRUITS, words=words, pca=pca), "5.0", "c0ffee")
    for address in (recipe.fitted_vocabulary, recipe.fitted_pca):
        lake.draft(address).commit(Metrics({}))
    model = Model(
        *("m", "fruits", recipe.extractor, recipe.vocabulary, recipe.pca),
        *(k, pca_k, 50.0, {}, 10, "r", "2026"),
    )
    Published.change(lake.storage, "fruits", lambda before: before.promoted(model, "r"))
    return model


def test_settings_that_the_published_model_overrules_are_told(lake):
    published(lake, k=1000)
    asked = replace(FRUITS, words=replace(FRUITS.words, k=300, seed=7))
    made = plan(lake, [APPLE], preset=asked, reuse=True)
    assert made.unused == (UnusedSetting("k", "300", "1000"), UnusedSetting("seed", "7", "0"))
    assert read_plan(lake.storage, "r").unused == made.unused


def test_settings_of_the_components_are_told_too(lake):
    published(lake)
    weighting = replace(FRUITS.pca.weighting, normalise="l2")
    asked = replace(FRUITS, pca=replace(FRUITS.pca, k=20, weighting=weighting))
    told = plan(lake, [APPLE], preset=asked, reuse=True).unused
    assert {(of.name, of.asked, of.used) for of in told} == {
        ("pca_k", "20", "100"),
        ("pca_weighting_normalise", "l2", "hellinger"),
    }


def test_a_run_that_fits_uses_all_its_settings(lake):
    published(lake, k=500)
    asked = replace(FRUITS, words=replace(FRUITS.words, k=700))
    assert plan(lake, [APPLE], preset=asked).unused == ()


@pytest.mark.parametrize("kind", [VOCABULARY, PCA])
def test_a_published_model_that_is_damaged_is_refused_before_it_costs_anything(
    lake, tmp_path, kind
):
    published(lake)
    (manifest,) = tmp_path.glob(f"{kind}/*/manifest.json")
    manifest.unlink()
    with pytest.raises(VergerError, match=r"model m is gone or damaged .* fit a new .*rollback"):
        plan(lake, [APPLE], reuse=True)
    assert plan(lake, [APPLE], reuse=False).model is None


def deliveries(lake, count, make=()):
    """So many segments of one photograph, with those of their checkpoints that were made."""
    photographs = [StoredObject(f"Apple/{n}.jpg", 1, "a") for n in range(count)]
    state = Catalogue()
    for n in range(count):
        state = advance(state, photographs[: n + 1]).catalogue
    store = CatalogueStore(lake.storage, REQUEST.images)
    store.make_latest(store.add(state, Catalogue()), "", by="earlier")
    recipe = Recipe(FRUITS, "5.0", "")
    for segment in state.segments:
        for kind in make:
            lake.draft(getattr(recipe, kind)(segment.id)).commit(Metrics({}))
    return photographs, state


def test_small_segments_are_merged_and_copied_where_all_that_decoding_gave_is_there(lake):
    photographs, state = deliveries(lake, 8, make=("images", "descriptors"))
    made = plan(lake, [*photographs, KIWI])
    merged = next(segment for segment in made.segments if segment.sources)
    assert set(merged.sources) == {segment.id for segment in state.segments}
    assert [segment.photographs for segment in made.segments if not segment.sources] == [1]
    assert CatalogueStore(lake.storage, made.images).photographs(merged.id) == photographs


def test_where_everything_has_to_be_decoded_anyway_it_is_at_once(lake):
    photographs, _ = deliveries(lake, 8)
    made = plan(lake, [*photographs, KIWI])
    assert [segment.photographs for segment in made.segments] == [9]


def test_what_was_imported_only_is_merged_and_copied_too(lake):
    photographs, state = deliveries(lake, 8, make=("images",))
    made = plan(lake, [*photographs, KIWI])
    merged = next(segment for segment in made.segments if segment.sources)
    assert set(merged.sources) == {segment.id for segment in state.segments}
    assert len(made.segments) == 2


def test_what_was_decoded_is_not_merged_with_what_was_not(lake):
    photographs, state = deliveries(lake, 8, make=("images",))
    descriptors = Recipe(FRUITS, "5.0", "").descriptors
    for segment in state.segments[:4]:
        lake.draft(descriptors(segment.id)).commit(Metrics({}))
    made = plan(lake, [*photographs, KIWI])
    assert len(made.segments) == 9


def test_nothing_new_is_no_reason_to_merge(lake):
    published(lake)
    photographs, _ = deliveries(lake, 8, make=("images", "descriptors"))
    assert len(plan(lake, photographs, reuse=True).segments) == 8


def test_what_is_not_delivered_yet_keeps_its_state(lake):
    imported(lake, plan(lake, [APPLE, KIWI], "first"))
    other = replace(APPLE, etag="overwritten")
    made = plan(lake, [other, KIWI], "second", waiting={APPLE.key, KIWI.key})
    assert made.total.new == made.total.changed == made.total.deleted == 0
    assert made.photographs == 2


def test_where_everything_waits_that_is_said(lake):
    with pytest.raises(NoPhotographsError, match=r"all 2 photographs .* not complete yet"):
        plan(lake, [APPLE, KIWI], waiting={APPLE.key, KIWI.key})


def test_deleting_the_last_photograph_reaches_the_products(lake):
    imported(lake, plan(lake, [APPLE], "first"))
    made = plan(lake, [], "second")
    assert (made.total.deleted, made.photographs) == (1, 0)
    found = reusable(made, lake)
    assert set(found) == set(STAGES)
    settle(made, lake, found)
    summary = summarise(lake, "second")
    assert (summary["images"], summary["deleted"], summary["labels"]) == (0, 1, 0)
    assert (summary["bovw"], summary["features_csv"]) == (None, None)
    assert publish(lake, "second") is None
    with pytest.raises(NoPhotographsError):
        plan(lake, [], "third")


def test_a_folder_that_is_not_there_is_no_folder_whose_photographs_were_deleted(lake, tmp_path):
    imported(lake, plan(lake, [APPLE], "first"))
    with pytest.raises(NoPhotographsError, match="there is no such folder"):
        plan(lake, Folder(str(tmp_path / "unplugged")).list(), "second")


def test_a_long_list_of_unknown_categories_stays_short(lake):
    wanted = tuple(f"Fruit {number}" for number in range(100_000))
    with pytest.raises(VergerError, match=r"and 99,980 more below s3://in") as refused:
        plan(lake, [APPLE], labels=wanted)
    assert len(str(refused.value)) < 1000


def test_a_plan_in_its_file_asks_for_the_same_checkpoints(lake):
    made = plan(lake, [APPLE, KIWI])
    assert read_plan(lake.storage, "r").checkpoints() == made.checkpoints()
    assert isinstance(made.recipe.images("0"), Address)
