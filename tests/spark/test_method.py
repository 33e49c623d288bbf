"""The whole method on a small orchard: right, resumable, and the same however it is cut."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.photographs import orchard
from verger import pipeline
from verger.checkpoint import Lake
from verger.contract import BUILD_VOCABULARY, PIVOT_HISTOGRAMS, STAGES
from verger.errors import VergerError
from verger.health import Health
from verger.settings import (
    FRUITS,
    ImportSettings,
    PcaSettings,
    VocabularySettings,
)
from verger.stage import run_stage

WORDS = VocabularySettings(k=24, sample_per_word=40)
PCA = PcaSettings(k=5)


def method(folder, words=WORDS, pca=PCA, limits=FRUITS.limits, driver_megabytes=128):
    preset = replace(FRUITS, words=words, pca=pca, limits=limits)
    return pipeline.method(str(folder), ImportSettings(), preset, driver_megabytes)


def run(stages, lake, spark, run_id="r"):
    return {s.name: run_stage(s, Lake.at(str(lake)), run_id, lambda: spark) for s in stages}


@pytest.fixture(scope="module")
def done(spark, tmp_path_factory):
    """A finished run over three labels, and where everything lies."""
    folder = tmp_path_factory.mktemp("done")
    orchard(folder / "in", {"Apple": 6, "Kiwi": 5, "Açaí": 4})
    return folder, run(method(folder / "in"), folder / "lake", spark)


def test_every_photograph_is_in_every_table_of_photographs(done):
    _, records = done
    tables = ("import_images", "extract_descriptors", "pivot_histograms", "reduce_pca")
    photos = [set(pd.read_parquet(records[stage].checkpoint)["photo"]) for stage in tables]
    assert all(len(found) == 15 for found in photos)
    assert all(found == photos[0] for found in photos)


def test_histograms_count_every_descriptor_and_the_pivot_sums_them_per_label(done):
    _, records = done
    described = pd.read_parquet(records["extract_descriptors"].checkpoint)
    counted = pd.read_parquet(records[PIVOT_HISTOGRAMS].checkpoint)
    counts = np.vstack(counted["counts"])
    assert counts.shape == (15, 24)
    assert counts.sum() == described["keypoints"].sum()
    pivot = pd.read_parquet(records[PIVOT_HISTOGRAMS].tables["bovw"]).set_index("label")
    assert list(pivot.columns) == [f"word_{word:04d}" for word in range(24)]
    for label in ("Apple", "Kiwi", "Açaí"):
        assert (pivot.loc[label] == counts[counted["label"] == label].sum(axis=0)).all()


def test_a_words_column_is_there_even_if_the_word_never_occurs(done, spark):
    from verger.stages.pivot_histograms import PivotHistograms
    from verger.vocabulary import HammingVocabulary

    folder, _ = done
    lake = Lake.at(str(folder / "lake"))
    extracted = lake.find("extract_descriptors", lake.noted("r", "extract_descriptors").fingerprint)
    far_away = np.zeros((3, 32), np.uint8)
    far_away[1:] = 255  # word 2 equals word 1, so on every tie it loses
    draft = lake.draft(BUILD_VOCABULARY, "far")
    draft.write("vocabulary", HammingVocabulary(far_away).to_table(np.zeros(3, int)))
    vocabulary = draft.publish(1, {}, {}, {"k": 3}, 0.0)
    pivoted = lake.draft(PIVOT_HISTOGRAMS, "far")
    inputs = {"extract_descriptors": extracted, BUILD_VOCABULARY: vocabulary}
    metrics = PivotHistograms().compute(spark, inputs, pivoted)
    pivot = pivoted.publish(1, {}, {}, metrics, 0.0).read("bovw").to_pandas()
    assert (pivot["word_0002"] == 0).all()
    assert metrics["words_that_occur"] == 2


def test_the_features_are_the_mean_projection_of_a_labels_photographs(done):
    _, records = done
    features = pd.read_csv(records["reduce_pca"].tables["features_pca.csv"]).set_index("label")
    assert list(features.columns) == [f"pca_{c:03d}" for c in range(5)]
    projections = pd.read_parquet(records["reduce_pca"].checkpoint)
    for label, rows in projections.groupby("label"):
        assert np.allclose(features.loc[label], np.vstack(rows["features"]).mean(axis=0))


def test_a_second_run_reuses_everything_and_needs_no_spark(done):
    folder, records = done
    again = run(method(folder / "in"), folder / "lake", None, run_id="again")
    assert all(again[stage].reused for stage in STAGES)
    assert {s: r.checkpoint for s, r in again.items()} == {
        s: r.checkpoint for s, r in records.items()
    }


def test_another_k_redoes_the_vocabulary_and_what_follows_and_no_more(done, spark):
    folder, _ = done
    other = run(method(folder / "in", replace(WORDS, k=12)), folder / "lake", spark, "other")
    assert [stage for stage in STAGES if other[stage].reused] == list(STAGES[:2])


@pytest.mark.parametrize("driver_megabytes", [128, 0], ids=["in-the-driver", "on-executors"])
@pytest.mark.parametrize("cut", [1, 2, 7, 64])
def test_vocabulary_and_histograms_are_the_same_however_cut_and_wherever_fitted(
    done, spark, cut, driver_megabytes, tmp_path
):
    folder, records = done
    described = spark.read.parquet(records["extract_descriptors"].checkpoint)
    shuffled = described.orderBy("photo", ascending=cut % 2 == 0).repartition(cut)
    lake = Lake.at(str(tmp_path))
    original = Lake.at(str(folder / "lake")).find(
        "extract_descriptors", records["extract_descriptors"].fingerprint
    )
    draft = lake.draft("extract_descriptors", original.manifest.fingerprint)
    draft.save("descriptors", shuffled)
    other = draft.publish(1, {}, {}, original.manifest.metrics, 0.0)
    lake.note("r", other.record(reused=False, seconds=0.0))
    stages = method(folder / "in", driver_megabytes=driver_megabytes)
    again = run(stages[2:4], tmp_path, spark)
    for stage, table in (
        (BUILD_VOCABULARY, "vocabulary"),
        (BUILD_VOCABULARY, "health.json"),
        (PIVOT_HISTOGRAMS, "bovw"),
    ):
        assert _files(again, stage, table) == _files(records, stage, table)
    one, two = (
        pd.read_parquet(r[PIVOT_HISTOGRAMS].checkpoint).sort_values("photo").reset_index(drop=True)
        for r in (again, records)
    )
    pd.testing.assert_frame_equal(one, two)


def test_the_health_report_tells_how_the_fit_went_and_how_each_label_fared(done):
    _, records = done
    report = Health.from_json(Path(records[BUILD_VOCABULARY].tables["health.json"]).read_bytes())
    sizes = pd.read_parquet(records[BUILD_VOCABULARY].checkpoint)["size"]
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
    strict = method(folder / "in", limits=replace(FRUITS.limits, mean_distance=10.0))
    with pytest.raises(VergerError, match=r"bits from their words.*health\.json"):
        run(strict, tmp_path, spark)
    assert Lake.at(str(tmp_path)).noted("r", BUILD_VOCABULARY) is None
    again = run(method(folder / "in"), tmp_path, spark)
    assert again[BUILD_VOCABULARY].reused


def test_a_stage_that_died_halfway_leaves_nothing_that_counts(done, spark, tmp_path):
    folder, records = done
    stages = method(folder / "in")
    run(stages[:2], tmp_path / "lake", spark)
    lake = Lake.at(str(tmp_path / "lake"))
    dying = lake.draft(BUILD_VOCABULARY, records[BUILD_VOCABULARY].fingerprint)
    dying.write("vocabulary", lake.find("import_images", records["import_images"].fingerprint)
                .read("quarantine"))  # fmt: skip
    finished = run(stages[2:], tmp_path / "lake", spark)
    assert not finished[BUILD_VOCABULARY].reused
    assert _files(finished, BUILD_VOCABULARY, "vocabulary") == _files(
        records, BUILD_VOCABULARY, "vocabulary"
    )


def test_more_words_than_distinct_descriptors_are_refused_with_the_number_that_works(
    spark, tmp_path
):
    orchard(tmp_path / "in", {"Apple": 1})
    stages = method(tmp_path / "in", replace(WORDS, k=8000))
    with pytest.raises(VergerError, match=r"use --k \d+ or fewer"):
        run(stages, tmp_path / "lake", spark)


def test_more_components_than_the_data_supports_are_cut_with_a_message(spark, tmp_path, caplog):
    orchard(tmp_path / "in", {"Apple": 2, "Kiwi": 2})
    records = run(method(tmp_path / "in", pca=PcaSettings(k=20)), tmp_path / "lake", spark)
    assert records["reduce_pca"].metrics["pca_k"] == 3
    assert "support 3 components, not 20" in caplog.text


def test_one_photograph_alone_has_no_components_and_says_so(spark, tmp_path):
    orchard(tmp_path / "in", {"Apple": 1})
    with pytest.raises(VergerError, match="at least 2 photographs"):
        run(method(tmp_path / "in"), tmp_path / "lake", spark)


def _files(records, stage, table):
    place = Path(records[stage].tables[table])
    return [path.read_bytes() for path in (sorted(place.iterdir()) if place.is_dir() else [place])]
