"""A bit that flipped in the lake is noticed as Spark reads it, named, and made again."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.photographs import orchard
from tests.runs import plan, run
from verger.config.settings import FRUITS, PcaSettings, VocabularySettings
from verger.contract import EXTRACT_DESCRIPTORS, IMPORT_IMAGES, REDUCE_PCA, STAGES
from verger.errors import VergerError
from verger.lake.store import Lake
from verger.planning.planner import to_do

SMALL = replace(FRUITS, words=VocabularySettings(k=24, sample_per_word=40), pca=PcaSettings(k=5))


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    path.write_bytes(content)


def test_a_flipped_bit_is_named_and_its_checkpoint_made_again(spark, tmp_path):
    images, lake = tmp_path / "in", tmp_path / "lake"
    orchard(images, {"Apple": 4, "Kiwi": 4})
    plan(images, lake, SMALL, "before")
    before = run(lake, spark, "before")
    (csv,) = before[REDUCE_PCA].tables["features_pca.csv"]
    whole = Path(csv).read_bytes()

    # In a table that Spark reads: the next stage that has work stops, and says why.
    (part, *_) = Path(before[EXTRACT_DESCRIPTORS].checkpoints[0]).glob("*.parquet")
    flip_a_bit(part)
    other = replace(SMALL, words=replace(SMALL.words, seed=1))
    plan(images, lake, other, "other")
    with pytest.raises(VergerError, match=rf"{part} has another content .*Run anew"):
        run(lake, spark, "other", STAGES[:3])
    again = plan(images, lake, other, "again")
    assert EXTRACT_DESCRIPTORS in to_do(again, Lake.at(str(lake)))
    assert IMPORT_IMAGES not in to_do(again, Lake.at(str(lake)))
    run(lake, spark, "again")

    # In a product that people read: it is not taken as it is.
    flip_a_bit(Path(csv))
    repeated = plan(images, lake, SMALL, "repeated")
    assert to_do(repeated, Lake.at(str(lake))) == [REDUCE_PCA]
    made = run(lake, spark, "repeated")
    (csv,) = made[REDUCE_PCA].tables["features_pca.csv"]
    assert Path(csv).read_bytes() == whole
