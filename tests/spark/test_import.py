"""import_images: odd names survive, bad files are set aside with a reason."""

from dataclasses import replace

import pytest
from PIL import Image

from tests.photographs import jpeg, packed, pixels
from tests.runs import plan
from tests.runs import run as run_stages
from verger.config.settings import FRUITS, ImportSettings
from verger.errors import VergerError
from verger.lake.draft import Draft
from verger.lake.store import Lake

LABELS = ["Apple Red 1", "Açaí", "l'orange", '50% "ripe"', "a#b", "c+d"]


def run(folder, lake, spark, **settings):
    plan(folder, lake, replace(FRUITS, photographs=ImportSettings(**settings)))
    return run_stages(lake, spark, stages=["import_images"])["import_images"]


def write(folder, key, content):
    path = folder / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def test_labels_with_odd_letters_arrive_as_they_are(spark, tmp_path):
    for seed, label in enumerate(LABELS):
        write(tmp_path / "in", f"Training/{label}/{seed} é%20#.JPG", jpeg(seed))
    record = run(tmp_path / "in", tmp_path / "lake", spark)
    images = spark.read.parquet(*record.tables["images"]).collect()
    assert {row["label"] for row in images} == set(LABELS)
    assert {row["split"] for row in images} == {"Training"}
    assert all(row["img_name"].startswith(f"{row['label']}_") for row in images)
    assert record.metrics["images"] == record.metrics["labels"] == len(LABELS)


def test_bad_files_go_to_quarantine_and_the_run_goes_on(spark, tmp_path):
    source = tmp_path / "in"
    write(source, "Apple/good.jpg", jpeg(1))
    write(source, "Apple/empty.jpg", b"")
    write(source, "Apple/text.png", b"no picture")
    write(source, "Apple/half.jpg", jpeg(2)[:-500])
    write(source, "Apple/bomb.png", packed(Image.new("1", (4000, 4000)), "PNG"))
    write(source, "Apple/heavy.bmp", packed(Image.fromarray(pixels(3, 700)), "BMP"))
    write(source, "stray.jpg", jpeg(4))
    write(source, "Apple/notes.txt", b"not a photograph, not counted")
    record = run(source, tmp_path / "lake", spark, max_megapixels=1, max_megabytes=1)
    rows = spark.read.parquet(*record.tables["quarantine"]).collect()
    assert {row["path"]: row["reason"] for row in rows} == {
        "Apple/empty.jpg": "empty",
        "Apple/text.png": "not_an_image",
        "Apple/half.jpg": "truncated",
        "Apple/bomb.png": "too_large",
        "Apple/heavy.bmp": "too_large",
        "stray.jpg": "no_label",
    }
    assert all(row["detail"] for row in rows)
    assert (record.metrics["images"], record.metrics["quarantined"]) == (1, 6)


def test_if_nothing_can_be_used_the_run_fails_and_says_why(spark, tmp_path):
    write(tmp_path / "in", "Apple/empty.jpg", b"")
    with pytest.raises(VergerError, match=r"none of 1 files .* \(empty 1\)"):
        run(tmp_path / "in", tmp_path / "lake", spark)
    assert Lake.at(str(tmp_path / "lake")).noted("r", "import_images") is None


def test_the_same_photographs_are_imported_once_wherever_they_lie(spark, tmp_path):
    for place in ("one", "two"):
        write(tmp_path / place, "Apple/1.jpg", jpeg(1))
    first = run(tmp_path / "one", tmp_path / "lake", spark)
    second = run(tmp_path / "two", tmp_path / "lake", spark)
    assert (first.reused, second.reused) == (False, True)
    assert first.checkpoints == second.checkpoints


def test_what_is_counted_is_what_was_saved_whatever_happens_meanwhile(spark, tmp_path, monkeypatch):
    """Once `images` is written, photographs go, and a file that was none becomes another."""
    source = tmp_path / "in"
    for seed in range(4):
        write(source, f"Apple/{seed}.jpg", jpeg(seed))
    write(source, "Apple/late.jpg", b"not yet")
    listed_size = len(b"not yet")
    save = Draft.save

    def save_and_change(draft, table, rows):
        save(draft, table, rows)
        if table == "images":
            for seed in range(2):
                (source / f"Apple/{seed}.jpg").unlink()
            write(source, "Apple/late.jpg", b"n" * listed_size)

    monkeypatch.setattr(Draft, "save", save_and_change)
    record = run(source, tmp_path / "lake", spark)
    images = spark.read.parquet(*record.tables["images"]).collect()
    quarantine = spark.read.parquet(*record.tables["quarantine"]).collect()
    assert sorted(row["key"] for row in images) == [f"Apple/{seed}.jpg" for seed in range(4)]
    assert [(row["path"], row["reason"]) for row in quarantine] == [("Apple/late.jpg", "gone")]
    assert (record.metrics["images"], record.metrics["quarantined"]) == (4, 1)
