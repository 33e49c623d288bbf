"""Small segments are merged by themselves: copied, not decoded, and no product changes."""

from dataclasses import replace

import pandas as pd

from tests.photographs import jpeg, orchard
from tests.runs import plan, rows_of, run
from verger.catalogue import merging
from verger.config.settings import FRUITS, PcaSettings, VocabularySettings
from verger.contract import PIVOT_HISTOGRAMS, REDUCE_PCA, STAGES
from verger.lake.store import Lake
from verger.operations.promotion import publish

SMALL = replace(FRUITS, words=VocabularySettings(k=24, sample_per_word=40), pca=PcaSettings(k=5))
BY_SEGMENT = (*STAGES[:2], PIVOT_HISTOGRAMS, REDUCE_PCA)


def deliver(images, label, number):
    path = images / "Training" / label / f"{number}.jpg"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(jpeg(900 + number))


def test_merged_segments_are_copied_and_the_products_stay_the_same(spark, tmp_path, monkeypatch):
    images, lake, elsewhere = (tmp_path / name for name in ("in", "lake", "elsewhere"))
    orchard(images, {"Apple": 4, "Kiwi": 4})
    (images / "Training" / "Kiwi" / "bad.jpg").write_bytes(b"no photograph")
    plan(images, lake, SMALL, "first")
    run(lake, spark, "first")
    assert publish(Lake.at(str(lake)), "first")
    deliver(images, "Fig", 1)
    plan(images, lake, SMALL, "second", reuse=True)
    run(lake, spark, "second")

    monkeypatch.setattr(merging, "TOGETHER", 2)
    deliver(images, "Fig", 2)
    planned = plan(images, lake, SMALL, "merged", reuse=True)
    assert sorted(segment.photographs for segment in planned.segments) == [1, 10]
    merged = run(lake, spark, "merged")
    done = {stage: merged[stage].photographs_done for stage in BY_SEGMENT}
    assert done == dict.fromkeys(BY_SEGMENT, 1)
    assert merged[STAGES[0]].metrics["quarantined"] == 1

    models = Lake.at(str(lake))
    # What is published, and nothing else.
    for kind in ("models", "vocabulary", "colour_vocabulary", "pca"):
        for item in models.storage.list(kind):
            Lake.at(str(elsewhere)).storage.write(item.key, models.storage.read(item.key))
    plan(images, elsewhere, SMALL, "rebuilt", reuse=True)
    rebuilt = run(elsewhere, spark, "rebuilt")
    for stage in BY_SEGMENT:
        one, two = rows_of(merged, stage), rows_of(rebuilt, stage)
        pd.testing.assert_frame_equal(one, two, check_exact=True)
    for stage, table in ((PIVOT_HISTOGRAMS, "bovw"), (REDUCE_PCA, "features")):
        ours, theirs = (pd.read_parquet(r[stage].tables[table][0]) for r in (merged, rebuilt))
        pd.testing.assert_frame_equal(ours, theirs, check_exact=True)
