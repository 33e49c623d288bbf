"""Deliveries one after another: only what is new is worked on, and a rebuild gives the same."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from tests.photographs import jpeg, orchard
from tests.runs import plan, rows_of, run
from verger.config.settings import FRUITS, PcaSettings, VocabularySettings
from verger.contract import BUILD_VOCABULARY, PIVOT_HISTOGRAMS, REDUCE_PCA, STAGES
from verger.errors import VergerError
from verger.lake.store import Lake
from verger.operations.promotion import publish, roll_back
from verger.operations.summary import summarise
from verger.operations.vacuum import vacuum
from verger.planning.planner import to_do

SMALL = replace(FRUITS, words=VocabularySettings(k=24, sample_per_word=40), pca=PcaSettings(k=5))
BY_SEGMENT = (*STAGES[:2], PIVOT_HISTOGRAMS, REDUCE_PCA)


@pytest.fixture(scope="module")
def grown(spark, tmp_path_factory):
    """A collection after a first run, a delivery of a new category, a replacement, a deletion."""
    folder = tmp_path_factory.mktemp("grown")
    images, lake = folder / "in", folder / "lake"
    orchard(images, {"Apple": 6, "Kiwi": 5, "Plum": 4})
    plan(images, lake, SMALL, "first")
    runs = {"first": run(lake, spark, "first")}
    assert publish(Lake.at(str(lake)), "first")
    (images / "Training" / "Fig").mkdir()
    for number in range(3):
        (images / "Training" / "Fig" / f"{number}.jpg").write_bytes(jpeg(900 + number))
    plan(images, lake, SMALL, "second", reuse=True)
    runs["second"] = run(lake, spark, "second")
    (images / "Training" / "Apple" / "0_100.jpg").write_bytes(jpeg(999))
    (images / "Training" / "Kiwi" / "0_100.jpg").unlink()
    plan(images, lake, SMALL, "third", reuse=True)
    runs["third"] = run(lake, spark, "third")
    return folder, runs


def test_a_delivery_is_decoded_described_counted_and_projected_alone(grown):
    _, runs = grown
    done = {stage: runs["second"][stage].photographs_done for stage in BY_SEGMENT}
    assert done == dict.fromkeys(BY_SEGMENT, 3)


def test_the_published_models_are_reused_and_nothing_is_fitted(grown):
    _, runs = grown
    first, second = runs["first"], runs["second"]
    assert second[BUILD_VOCABULARY].reused
    assert second[BUILD_VOCABULARY].checkpoints == first[BUILD_VOCABULARY].checkpoints
    assert second[REDUCE_PCA].tables["components"] == first[REDUCE_PCA].tables["components"]


def test_a_replacement_and_a_deletion_work_on_the_one_replaced_photograph(grown):
    _, runs = grown
    done = {stage: runs["third"][stage].photographs_done for stage in BY_SEGMENT}
    assert done == dict.fromkeys(BY_SEGMENT, 1)


def test_a_replaced_photograph_supersedes_and_a_deleted_one_leaves_every_product(grown):
    _, runs = grown
    for stage in BY_SEGMENT:
        names = rows_of(runs["third"], stage)["img_name"]
        assert len(names) == len(set(names)) == 17
        assert "Kiwi_0_100.jpg" not in set(names)
        assert "Apple_0_100.jpg" in set(names)
    labels = pd.read_parquet(runs["third"][PIVOT_HISTOGRAMS].tables["labels"][0])
    assert dict(labels.itertuples(index=False)) == {"Apple": 6, "Fig": 3, "Kiwi": 4, "Plum": 4}


def test_a_rebuild_from_the_same_bucket_gives_identical_products(grown, spark):
    folder, runs = grown
    elsewhere = folder / "rebuilt"
    models = Lake.at(str(folder / "lake"))
    for kind in (
        "models",
        "vocabulary",
        "colour_vocabulary",
        "pca",
    ):  # what is published, and nothing else
        for item in models.storage.list(kind):
            Lake.at(str(elsewhere)).storage.write(item.key, models.storage.read(item.key))
    planned = plan(folder / "in", elsewhere, SMALL, "rebuilt", reuse=True)
    assert len(planned.segments) == 1
    rebuilt = run(elsewhere, spark, "rebuilt")
    for stage in BY_SEGMENT:
        one, two = rows_of(rebuilt, stage), rows_of(runs["third"], stage)
        pd.testing.assert_frame_equal(one, two, check_exact=True)
    for stage, table in ((PIVOT_HISTOGRAMS, "bovw"), (REDUCE_PCA, "features_pca.csv")):
        ours, theirs = (records[stage].tables[table] for records in (rebuilt, runs["third"]))
        assert bytes_of(ours) == bytes_of(theirs)


def test_a_rebuild_in_the_same_lake_imports_everything_anew(grown):
    folder, _ = grown
    planned = plan(folder / "in", folder / "lake", SMALL, "anew", reuse=True, rebuild=True)
    assert planned.total.new == planned.photographs == 17


def test_a_delivery_of_nothing_but_broken_files_changes_no_product(spark, tmp_path):
    images, lake = tmp_path / "in", tmp_path / "lake"
    orchard(images, {"Apple": 4, "Kiwi": 4})
    plan(images, lake, SMALL, "good")
    good = run(lake, spark, "good")
    assert publish(Lake.at(str(lake)), "good")
    (images / "Training" / "Fig").mkdir()
    (images / "Training" / "Fig" / "0.jpg").write_bytes(b"no photograph")
    plan(images, lake, SMALL, "broken", reuse=True)
    broken = run(lake, spark, "broken")
    assert broken[STAGES[0]].metrics["quarantined"] == 1
    for stage, table in ((PIVOT_HISTOGRAMS, "bovw"), (REDUCE_PCA, "features_pca.csv")):
        ours, theirs = (records[stage].tables[table] for records in (broken, good))
        assert bytes_of(ours) == bytes_of(theirs)
    assert summarise(Lake.at(str(lake)), "broken")["labels"] == 2


def test_two_runs_that_plan_the_same_delivery_at_once_make_it_once(spark, tmp_path):
    orchard(tmp_path / "in", {"Apple": 4, "Kiwi": 4})
    one, other = (plan(tmp_path / "in", tmp_path / "lake", SMALL, run) for run in ("one", "other"))
    assert one.segments == other.segments
    first = run(tmp_path / "lake", spark, "one")
    second = run(tmp_path / "lake", spark, "other")
    assert all(second[stage].reused for stage in STAGES)
    for stage in STAGES:
        assert second[stage].checkpoints == first[stage].checkpoints


def test_a_run_that_died_before_its_import_ended_has_seen_nothing(spark, tmp_path):
    orchard(tmp_path / "in", {"Apple": 4})
    plan(tmp_path / "in", tmp_path / "lake", SMALL, "died")
    again = plan(tmp_path / "in", tmp_path / "lake", SMALL, "again")
    assert again.total.new == 4


def test_nothing_new_leaves_nothing_to_do(grown):
    folder, _ = grown
    planned = plan(folder / "in", folder / "lake", SMALL, "idle", reuse=True)
    assert to_do(planned, Lake.at(str(folder / "lake"))) == []


def test_the_summary_says_how_well_the_published_words_fit_a_new_category(grown):
    folder, _ = grown
    summary = summarise(Lake.at(str(folder / "lake")), "second")
    assert (summary["new"], summary["images"], summary["segments"]) == (3, 18, 2)
    fit = summary["fit"]
    assert set(fit["mean_distance"]) == {"Fig"}
    due = fit["mean_distance"]["Fig"] > fit["published_worst_label"]
    assert fit["refit_due_for"] == (["Fig"] if due else [])


def test_one_label_alone_is_backfilled_with_the_columns_of_the_published_models(grown, spark):
    folder, runs = grown
    images, lake = folder / "alone", folder / "lake"
    orchard(images, {"Quince": 2, "Medlar": 2})
    planned = plan(images, lake, SMALL, "alone", reuse=True, labels=("Quince",))
    assert set(planned.changes) == {"Quince"}
    records = run(lake, spark, "alone")
    features = pd.read_csv(records[REDUCE_PCA].tables["features_pca.csv"][0])
    before = pd.read_csv(runs["first"][REDUCE_PCA].tables["features_pca.csv"][0])
    assert list(features.columns) == list(before.columns)
    assert list(features["label"]) == ["Quince"]


def test_a_category_that_is_not_there_is_refused_with_those_that_are(grown):
    folder, _ = grown
    with pytest.raises(VergerError, match=r"no photographs of Durian .* Apple, Fig, Kiwi, Plum"):
        plan(folder / "in", folder / "lake", SMALL, "none", labels=("Durian",))


def test_another_fit_is_promoted_and_a_rollback_brings_the_first_back(grown, spark):
    folder, _ = grown
    lake = Lake.at(str(folder / "lake"))
    plan(folder / "in", folder / "lake", SMALL, "refit")
    run(folder / "lake", spark, "refit")
    second = publish(lake, "refit")
    assert publish(lake, "refit") == second
    first = roll_back(lake, "fruits", "", by="back")
    assert first.run_id == "first"
    assert plan(folder / "in", folder / "lake", SMALL, "after", reuse=True).model == first
    assert roll_back(lake, "fruits", second.id, by="forth") == second
    with pytest.raises(VergerError, match="no earlier model is called"):
        roll_back(lake, "fruits", "unheard of", by="nowhere")


def test_a_vacuum_tells_first_and_keeps_what_published_models_and_young_runs_need(grown):
    folder, _ = grown
    lake = Lake.at(str(folder / "lake"))
    assert vacuum(lake, keep_days=1, delete=True).removed == ()
    told = vacuum(lake, keep_days=1e-9, delete=False)
    assert told.removed
    assert all((Path(lake.storage.root) / place).exists() for place in told.removed)
    done = vacuum(lake, keep_days=1e-9, delete=True)
    assert done.removed == told.removed
    assert not any((Path(lake.storage.root) / place).exists() for place in done.removed)
    planned = plan(folder / "in", folder / "lake", SMALL, "after_the_vacuum")
    assert to_do(planned, lake) == []


def bytes_of(addresses):
    (place,) = map(Path, addresses)
    return [p.read_bytes() for p in (sorted(place.iterdir()) if place.is_dir() else [place])]
