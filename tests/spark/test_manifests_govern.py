"""What a manifest does not name is not there: neither for a later stage nor for a reader."""

import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from tests.photographs import orchard
from tests.runs import plan, rows_of, run
from verger.config.settings import FRUITS, PcaSettings, VocabularySettings
from verger.contract import PIVOT_HISTOGRAMS, REDUCE_PCA, STAGES

SMALL = replace(FRUITS, words=VocabularySettings(k=12, sample_per_word=40), pca=PcaSettings(k=3))


@pytest.fixture(scope="module")
def done(spark, tmp_path_factory):
    """A finished run in a lake whose name would be a pattern, on labels that would be, too."""
    folder = tmp_path_factory.mktemp("photos [1] {a,b} * ~")
    orchard(folder / "in", {"Apple [1]": 4, "Kiwi *": 3})
    plan(folder / "in", folder / "lake", SMALL)
    return folder, run(folder / "lake", spark)


def test_a_lake_may_have_a_name_that_would_be_a_pattern(done):
    _, records = done
    assert len(rows_of(records, REDUCE_PCA)) == 7


def test_a_stray_file_in_a_checkpoints_folder_changes_nothing(done, spark, tmp_path):
    folder, records = done
    lake = tmp_path / "lake"
    shutil.copytree(folder / "lake", lake)
    for record in records.values():
        for address in record.checkpoints:
            place = lake / Path(address).relative_to(folder / "lake")
            for part in list(place.glob("part-*")):
                shutil.copy(part, place / f"part-99999-{part.name}")
    kept = {"images", "descriptors", "patches", "statistics", "catalogues", "runs"}
    for made in lake.iterdir():
        if made.name not in kept:
            shutil.rmtree(made)
    plan(folder / "in", lake, SMALL, "again")
    again = run(lake, spark, "again")
    assert [stage for stage in STAGES if again[stage].reused] == list(STAGES[:2])
    for stage in (PIVOT_HISTOGRAMS, REDUCE_PCA):
        pd.testing.assert_frame_equal(rows_of(again, stage), rows_of(records, stage))
    (first,), (second,) = (r[REDUCE_PCA].tables["features_pca.csv"] for r in (records, again))
    assert Path(first).read_bytes() == Path(second).read_bytes()
