"""`make run` over real photographs (the drawn sample where there are none), then once more."""

import json

import pandas as pd
import pytest

from local_cloud.sample import draw_sample
from tests.e2e.conftest import REAL, on_disk, run
from verger.contract import STAGES
from verger.identity import identify, is_photograph
from verger.storage import StoredObject


@pytest.fixture(scope="module")
def photographs(tmp_path_factory):
    """Real photographs if they are here."""
    return REAL if REAL.is_dir() else draw_sample(tmp_path_factory.mktemp("sample") / "drawn")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("run")


@pytest.fixture(scope="module")
def first(photographs, folder):
    ended = run("--images", photographs, "--lake", folder / "lake", "--work", folder / "work")
    assert ended.status == 0, ended.out[-3000:] + ended.err[-3000:]
    return ended


def test_every_photograph_is_counted(first, photographs):
    keys = [p.relative_to(photographs).as_posix() for p in photographs.rglob("*") if p.is_file()]
    identities = [identify(StoredObject(key, 0, "")) for key in keys if is_photograph(key)]
    summary = first.summary
    assert summary["images"] == len(identities)
    assert summary["labels"] == len({who.label for who in identities})
    assert summary["quarantined"] == 0


def test_no_photograph_is_without_descriptors(first):
    assert first.summary["images_without_descriptors"] == 0
    assert first.summary["descriptors"] > 50 * first.summary["images"]


def test_every_checkpoint_is_read_with_pandas(first):
    summary = first.summary
    rows = {
        stage: len(pd.read_parquet(on_disk(summary, address)))
        for stage, address in summary["checkpoints"].items()
    }
    images = summary["images"]
    assert rows == {
        "import_images": images,
        "extract_descriptors": images,
        "build_vocabulary": 1000,
        "pivot_histograms": images,
        "reduce_pca": images,
    }


def test_the_features_have_a_row_a_label_and_a_column_a_component(first):
    summary = first.summary
    features = pd.read_csv(on_disk(summary, summary["features_csv"]))
    assert features.shape == (summary["labels"], 1 + summary["pca_k"])
    assert summary["pca_k"] == 100
    assert features.notna().all(axis=None)


def test_it_shows_what_it_is_doing(first):
    for task in ("plan", "create_cluster", *STAGES, "terminate_cluster", "summarise"):
        assert f"s  {task}\n" in first.out


def test_the_summary_is_kept_in_the_lake(first):
    summary = first.summary
    kept = on_disk(summary, f"s3://verger-lake/runs/{summary['run_id']}/summary.json")
    assert json.loads(kept.read_text())["checkpoints"] == summary["checkpoints"]


def test_the_same_command_again_reuses_every_checkpoint(first, photographs, folder):
    again = run("--images", photographs, "--lake", folder / "lake", "--work", folder / "work")
    assert again.status == 0, again.out + again.err
    assert again.summary["reused"] == list(STAGES)
    assert again.summary["checkpoints"] == first.summary["checkpoints"]
