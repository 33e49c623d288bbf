"""The whole method on a small orchard: right, resumable, and the same however it is cut."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.photographs import orchard
from tests.runs import plan, rows_of, run
from verger.config.settings import FRUITS, PcaSettings, VocabularySettings
from verger.contract import (
    BUILD_VOCABULARY,
    EXTRACT_DESCRIPTORS,
    IMPORT_IMAGES,
    PIVOT_HISTOGRAMS,
    STAGES,
)
from verger.errors import VergerError
from verger.gates.vocabulary import Health
from verger.lake.draft import Metrics
from verger.lake.store import Lake
from verger.planning.plan import read_plan
from verger.spark.sums import Sum
from verger.stages.pivot_histograms import as_pivot
from verger.vocabulary.words import from_table

WORDS = VocabularySettings(k=24, sample_per_word=40)
PCA = PcaSettings(k=5)


def small(words=WORDS, pca=PCA, limits=FRUITS.limits):
    return replace(FRUITS, words=words, pca=pca, limits=limits)


@pytest.fixture(scope="module")
def done(spark, tmp_path_factory):
    """A finished run over three labels, and where everything lies."""
    folder = tmp_path_factory.mktemp("done")
    orchard(folder / "in", {"Apple": 6, "Kiwi": 5, "Açaí": 4})
    plan(folder / "in", folder / "lake", small())
    return folder, run(folder / "lake", spark)


def test_every_photograph_is_in_every_table_of_photographs(done):
    _, records = done
    tables = ("import_images", "extract_descriptors", "pivot_histograms", "reduce_pca")
    photos = [set(pd.read_parquet(records[stage].checkpoints[0])["photo"]) for stage in tables]
    assert all(len(found) == 15 for found in photos)
    assert all(found == photos[0] for found in photos)


def test_histograms_count_every_descriptor_and_the_pivot_sums_them_per_label(done):
    _, records = done
    described = pd.read_parquet(records["extract_descriptors"].checkpoints[0])
    counted = pd.read_parquet(records[PIVOT_HISTOGRAMS].checkpoints[0])
    counts = np.vstack(counted["counts"])
    assert counts.shape == (15, 24)
    assert counts.sum() == described["keypoints"].sum()
    pivot = pd.read_parquet(records[PIVOT_HISTOGRAMS].tables["bovw"][0]).set_index("label")
    assert list(pivot.columns) == [f"word_{word:04d}" for word in range(24)]
    for label in ("Apple", "Kiwi", "Açaí"):
        assert (pivot.loc[label] == counts[counted["label"] == label].sum(axis=0)).all()


def test_each_label_knows_in_how_many_of_its_photographs_a_word_occurs(done):
    _, records = done
    counted = pd.read_parquet(records[PIVOT_HISTOGRAMS].checkpoints[0])
    known = pd.read_parquet(records[PIVOT_HISTOGRAMS].tables["occurrences"][0]).set_index("label")
    assert sorted(known.index) == ["Apple", "Açaí", "Kiwi"]
    for label, row in known.iterrows():
        counts = np.vstack(counted[counted["label"] == label]["counts"])
        assert row["photographs"] == len(counts)
        assert np.array_equal(row["total"], np.count_nonzero(counts, axis=0))


def test_a_words_column_is_there_even_if_the_word_never_occurs():
    sums = {"Apple": Sum(2, np.array([3.0, 0.0, 1.0])), "Kiwi": Sum(1, np.array([1.0, 0.0, 0.0]))}
    pivot = as_pivot(sums, 3).to_pandas().set_index("label")
    assert list(pivot.columns) == ["word_0000", "word_0001", "word_0002"]
    assert (pivot["word_0001"] == 0).all()


def test_the_features_are_the_mean_projection_of_a_labels_photographs(done):
    _, records = done
    features = pd.read_csv(records["reduce_pca"].tables["features_pca.csv"][0]).set_index("label")
    assert list(features.columns) == [f"pca_{c:03d}" for c in range(5)]
    projections = pd.read_parquet(records["reduce_pca"].checkpoints[0])
    for label, rows in projections.groupby("label"):
        assert np.allclose(features.loc[label], np.vstack(rows["features"]).mean(axis=0))


def test_a_second_run_reuses_everything_and_needs_no_spark(done):
    folder, records = done
    plan(folder / "in", folder / "lake", small(), run_id="again")
    again = run(folder / "lake", None, run_id="again")
    assert all(again[stage].reused for stage in STAGES)
    assert {s: r.checkpoints for s, r in again.items()} == {
        s: r.checkpoints for s, r in records.items()
    }


def test_another_k_redoes_the_vocabulary_and_what_follows_and_no_more(done, spark):
    folder, _ = done
    plan(folder / "in", folder / "lake", small(replace(WORDS, k=12)), run_id="other")
    other = run(folder / "lake", spark, run_id="other")
    assert [stage for stage in STAGES if other[stage].reused] == list(STAGES[:2])


@pytest.mark.parametrize("driver_megabytes", [128, 0], ids=["in-the-driver", "on-executors"])
@pytest.mark.parametrize("cut", [1, 2, 7, 64])
def test_vocabulary_and_histograms_are_the_same_however_cut_and_wherever_fitted(
    done, spark, cut, driver_megabytes, tmp_path
):
    folder, records = done
    lake = Lake.at(str(tmp_path))
    planned = plan(folder / "in", tmp_path, small())
    (segment,) = planned.segments
    recipe = planned.recipe
    for made_by, address in (
        (IMPORT_IMAGES, recipe.images(segment.id)),
        (EXTRACT_DESCRIPTORS, recipe.descriptors(segment.id)),
        (EXTRACT_DESCRIPTORS, recipe.patches(segment.id)),
    ):
        described = spark.read.parquet(*records[made_by].tables[address.kind])
        shuffled = described.orderBy("photo", ascending=cut % 2 == 0).repartition(cut)
        original = Lake.at(str(folder / "lake")).find(address.kind, address.fingerprint).manifest
        draft = lake.draft(address)
        draft.save(address.kind, shuffled)
        draft.commit(Metrics(original.metrics, original.labels))
    again = run(tmp_path, spark, stages=STAGES[2:4], driver_megabytes=driver_megabytes)
    for stage, table in (
        (BUILD_VOCABULARY, "vocabulary"),
        (BUILD_VOCABULARY, "health.json"),
        (BUILD_VOCABULARY, "exemplars"),
        (BUILD_VOCABULARY, "colour_vocabulary"),
        (PIVOT_HISTOGRAMS, "bovw"),
    ):
        assert _files(again, stage, table) == _files(records, stage, table)
    one, two = (rows_of(r, PIVOT_HISTOGRAMS) for r in (again, records))
    pd.testing.assert_frame_equal(one, two)


def test_a_word_is_shown_by_its_nearest_patches_of_different_photographs(done):
    _, records = done
    words = from_table(pq.read_table(records[BUILD_VOCABULARY].checkpoints[0]))
    described = pd.read_parquet(records[EXTRACT_DESCRIPTORS].checkpoints[0])
    nearest = {word: [] for word in range(words.k)}
    for photo, packed in zip(described["photo"], described["descriptors"], strict=True):
        of, distances = words.quantise(np.frombuffer(packed, np.uint8).reshape(-1, 32))
        for word in set(of.tolist()):
            nearest[word].append((distances[of == word].min(), photo))
    told = pd.read_parquet(records[BUILD_VOCABULARY].tables["exemplars"][0])
    for word, wanted in nearest.items():
        rows = told[told["word"] == word]
        assert list(zip(rows["distance"], rows["photo"], strict=True)) == sorted(wanted)[:4]
    assert all(picture.startswith(b"\x89PNG") for picture in told["picture"])


def test_the_health_report_tells_how_the_fit_went_and_how_each_label_fared(done):
    _, records = done
    report = Health.from_json(Path(records[BUILD_VOCABULARY].tables["health.json"][0]).read_bytes())
    sizes = pd.read_parquet(records[BUILD_VOCABULARY].checkpoints[0])["size"]
    assert report.k == report.asked_k == 24
    assert report.trained_on == sizes.sum()
    assert report.largest_word == sizes.max()
    assert report.dead_words == report.duplicate_words == 0
    (costs,) = report.costs
    assert costs[-1] / report.trained_on == pytest.approx(report.mean_distance, abs=1e-3)
    assert {label: of.photographs for label, of in report.labels.items()} == {
        "Apple": 6, "Kiwi": 5, "Açaí": 4
    }  # fmt: skip
    total = sum(of.trained_on * of.mean_distance for of in report.labels.values())
    assert total / report.trained_on == pytest.approx(report.mean_distance, abs=1e-2)


def test_an_unfit_vocabulary_stops_the_run_and_the_fit_is_kept_for_looser_limits(
    done, spark, tmp_path
):
    folder, _ = done
    plan(folder / "in", tmp_path, small(limits=replace(FRUITS.limits, mean_distance=10.0)))
    with pytest.raises(VergerError, match=r"bits from their words.*health\.json"):
        run(tmp_path, spark)
    assert Lake.at(str(tmp_path)).noted("r", BUILD_VOCABULARY) is None
    plan(folder / "in", tmp_path, small())
    assert run(tmp_path, spark)[BUILD_VOCABULARY].reused


def test_a_stage_that_died_halfway_leaves_nothing_that_counts(done, spark, tmp_path):
    folder, records = done
    planned = plan(folder / "in", tmp_path, small())
    run(tmp_path, spark, stages=STAGES[:2])
    dying = Lake.at(str(tmp_path)).draft(planned.recipe.fitted_vocabulary)
    dying.write("vocabulary", pa.table({"word": [1]}))
    finished = run(tmp_path, spark, stages=STAGES[2:])
    assert not finished[BUILD_VOCABULARY].reused
    assert _files(finished, BUILD_VOCABULARY, "vocabulary") == _files(
        records, BUILD_VOCABULARY, "vocabulary"
    )


def test_more_words_than_distinct_descriptors_are_refused_with_the_number_that_works(
    spark, tmp_path
):
    orchard(tmp_path / "in", {"Apple": 1})
    plan(tmp_path / "in", tmp_path / "lake", small(replace(WORDS, k=4000)))
    with pytest.raises(VergerError, match=r"use --k \d+ or fewer"):
        run(tmp_path / "lake", spark)


def test_more_components_than_the_data_supports_are_cut_with_a_message(spark, tmp_path, caplog):
    orchard(tmp_path / "in", {"Apple": 2, "Kiwi": 2})
    plan(tmp_path / "in", tmp_path / "lake", small(pca=PcaSettings(k=20)))
    records = run(tmp_path / "lake", spark)
    assert records["reduce_pca"].metrics["pca_k"] == 3
    assert "support 3 components, not 20" in caplog.text


def test_one_photograph_alone_has_no_components_and_says_so(spark, tmp_path):
    orchard(tmp_path / "in", {"Apple": 1})
    plan(tmp_path / "in", tmp_path / "lake", small())
    with pytest.raises(VergerError, match="at least 2 photographs"):
        run(tmp_path / "lake", spark)


def test_a_run_without_a_plan_says_what_to_do(tmp_path):
    with pytest.raises(VergerError, match="verger plan"):
        read_plan(Lake.at(str(tmp_path)).storage, "r")


def _files(records, stage, table):
    (place,) = map(Path, records[stage].tables[table])
    return [path.read_bytes() for path in (sorted(place.iterdir()) if place.is_dir() else [place])]
