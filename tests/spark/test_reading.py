"""verger.open_lake: everything that a published model was made from, by name, without Spark."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys

import pandas as pd
import pyarrow.compute as pc
import pytest
from PIL import Image

import verger
from local_cloud import s3
from local_cloud.process import free_port
from sample import draw_sample
from tests.places import REPOSITORY
from tests.runs import plan, rows_of, run
from tests.service import service
from verger.config.settings import FRUITS
from verger.contract import IMPORT_IMAGES, PIVOT_HISTOGRAMS, REDUCE_PCA
from verger.errors import SettingsError, VergerError
from verger.imaging.photograph import UnusableError
from verger.lake.store import Lake
from verger.operations.promotion import publish
from verger.tables import schemas

SMALL = FRUITS.sized(k=40, pca_k=4)
FIRST, LATER = ("Apple Gala", "Banana", "Lime"), "Watermelon"


@pytest.fixture(scope="module")
def made(spark, tmp_path_factory):
    """A lake with two segments: three fruits, then a fourth; and one file that is no photograph."""
    folder = tmp_path_factory.mktemp("reading")
    drawn, images = draw_sample(folder / "drawn", per_label=12), folder / "in"
    records = {}
    for run_id, labels in (("first", FIRST), ("second", (LATER,))):
        for label in labels:
            for split in ("Training", "Test"):
                shutil.copytree(drawn / split / label, images / split / label)
        (images / "Training" / labels[0] / "torn.jpg").write_bytes(b"no photograph")
        plan(images, folder / "lake", SMALL, run_id, reuse=run_id == "second")
        records[run_id] = run(folder / "lake", spark, run_id)
        assert publish(Lake.at(str(folder / "lake")), run_id)
    return folder, records["second"]


@pytest.fixture
def opened(made):
    return verger.open_lake(str(made[0] / "lake"))


def test_tables_hold_all_segments_as_they_were_written(made, opened):
    assert len(opened.plan.segments) == 2
    for table, stage in (
        (opened.histograms(), PIVOT_HISTOGRAMS),
        (opened.projections(), REDUCE_PCA),
        (opened.photographs(content=True), IMPORT_IMAGES),
    ):
        expected = rows_of(made[1], stage)
        found = table.to_pandas().sort_values("photo").reset_index(drop=True)
        pd.testing.assert_frame_equal(found, expected[list(found.columns)], check_dtype=False)
        assert set(found.label) == {*FIRST, LATER}


def test_photographs_come_without_their_bytes_unless_asked_for(opened):
    assert "content" not in opened.photographs().column_names
    assert opened.photographs(content=True)["content"][0].as_py().startswith(b"\xff\xd8")


def test_files_that_could_not_be_used_are_named_with_the_reason(opened):
    told = opened.quarantine().to_pandas()
    assert sorted(told.label) == [FIRST[0], LATER]
    assert set(told.reason) == {"not_an_image"}


def test_the_pivot_and_the_features_have_a_row_a_label(opened):
    bovw, features = opened.bovw().to_pandas(), opened.features().to_pandas()
    assert sorted(bovw.label) == sorted(features.label) == sorted([*FIRST, LATER])
    assert bovw.shape[1] == 1 + 40
    counted = opened.histograms().to_pandas()
    assert bovw.filter(like="word_").to_numpy().sum() == sum(map(sum, counted.counts))


def test_how_good_the_model_is_comes_with_it(opened):
    assert opened.metrics()["labels"] == len(FIRST) + 1
    assert opened.answers().schema.equals(schemas.ANSWERS)
    assert opened.suspects().column_names == schemas.SUSPECTS.names
    assert pc.sum(opened.classes()["photographs"]).as_py() > 0
    assert pc.sum(opened.confusion()["photographs"]).as_py() > 0


def test_the_model_answers_paths_and_bytes(made, opened):
    paths = sorted((made[0] / "in" / "Test" / LATER).glob("*.jpg"))[:2]
    told = opened.model.identify(paths[0])
    assert (
        told == opened.model.identify(paths[0].read_bytes()) == opened.model.identify(str(paths[0]))
    )
    assert told.model == opened.model.id
    assert opened.model.identify(*paths).results[0].label == LATER
    assert opened.model.labels == tuple(sorted([*FIRST, LATER]))
    assert opened.model.card["labels"] == len(FIRST) + 1
    with pytest.raises(UnusableError, match="not_an_image"):
        opened.model.identify(b"no photograph")


def test_a_lake_in_s3_is_read_as_one_in_a_folder(made, opened, monkeypatch):
    folder, keys, port = made[0], s3.Keys(), free_port()
    shutil.copytree(folder / "lake", folder / "s3" / "bucket" / "lake")
    server = s3.server(folder / "s3", port, keys, folder / "log")
    server.start()
    code = (
        "import sys, verger\n"
        "lake = verger.open_lake('s3://bucket/lake')\n"
        "print(len(lake.histograms()), len(lake.photographs()), len(lake.bovw()), lake.model.id)\n"
        "print(sorted({'pyspark', 'airflow'} & set(sys.modules)))\n"
    )
    for name, value in (
        ("AWS_ACCESS_KEY_ID", keys.access),
        ("AWS_SECRET_ACCESS_KEY", keys.secret),
        ("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(name, value)
    try:
        told = subprocess.check_output([sys.executable, "-c", code], text=True).splitlines()
    finally:
        server.stop()
    photographs = len(opened.photographs())
    assert told == [f"{photographs} {photographs} 4 {opened.model.id}", "[]"]


def test_what_cannot_be_opened_says_what_to_do(tmp_path):
    with pytest.raises(VergerError, match="run the pipeline and publish it first"):
        verger.open_lake(str(tmp_path)).histograms()
    with pytest.raises(SettingsError, match="use one of fruits"):
        verger.open_lake(str(tmp_path), "vegetables")


def test_the_examples_of_the_readme_run(made, monkeypatch):
    text = (REPOSITORY / "README.md").read_text()
    examples = [
        code for code in re.findall(r"```python\n(.*?)```", text, re.S) if "open_lake" in code
    ]
    assert examples
    place = made[0] / "readme"
    (place / "lake").mkdir(parents=True)
    (place / "lake" / "verger-lake").symlink_to(made[0] / "lake")
    (place / "photo.jpg").write_bytes(
        next((made[0] / "in/Test" / LATER).glob("*.jpg")).read_bytes()
    )
    monkeypatch.chdir(place)
    for example in examples:
        exec(compile(example, "README.md", "exec"), {})  # noqa: S102  our own words


def test_a_service_of_that_lake_shows_the_similar_photographs(made):
    photograph = next((made[0] / "in" / "Test" / LATER).glob("*.jpg"))
    with service(made[0] / "lake") as running:
        similar = running.identify(photograph.read_bytes()).json()["similar_images"]
        for one in similar:
            shown = running.get(one["url"])
            assert shown.headers["content-type"] == "image/jpeg"
            assert Image.open(io.BytesIO(shown.content)).size == (100, 100)
        assert running.get("/v1/photographs/" + "0" * 32).status_code == 404
        assert running.get("/v1/photographs/..%2f..%2fetc").status_code == 404
