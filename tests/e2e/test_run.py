"""`make run` over real photographs (the drawn sample where there are none), once more, and again
after a delivery of a category that is new."""

import json
import os
from pathlib import Path

import pandas as pd
import pytest

from local_cloud.stack import APPLICATION
from sample import draw_sample
from tests.e2e.conftest import on_disk, run, steps_of
from tests.places import REAL
from verger.catalogue.keys import identity_of, is_photograph
from verger.contract import BUILD_VOCABULARY, PIVOT_HISTOGRAMS, REDUCE_PCA, STAGES
from verger.objects.storage import StoredObject

BY_SEGMENT = (*STAGES[:2], PIVOT_HISTOGRAMS, REDUCE_PCA)


@pytest.fixture(scope="module")
def album(tmp_path_factory):
    """All photographs, their folders of known categories, and one that is delivered later."""
    if REAL.is_dir():
        return REAL, ["Training", "Test"], "Landing/Kumquats"
    drawn = draw_sample(tmp_path_factory.mktemp("sample") / "drawn")
    *known, new = sorted(path.relative_to(drawn).as_posix() for path in drawn.glob("Training/*"))
    return drawn, known, new


@pytest.fixture(scope="module")
def photographs(album, tmp_path_factory):
    """What is there before the delivery."""
    folder = tmp_path_factory.mktemp("photographs")
    everything, known, _ = album
    for name in known:
        link(folder, everything, name)
    return folder


def link(folder, everything, name):
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).symlink_to(everything / name)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("run")


@pytest.fixture(scope="module")
def first(photographs, folder):
    transport = {"type": "file", "log_file_path": str(folder / "lineage"), "append": True}
    with pytest.MonkeyPatch.context() as chosen:
        chosen.setenv("AIRFLOW__OPENLINEAGE__TRANSPORT", json.dumps(transport))
        ended = run("--images", photographs, "--lake", folder / "lake", "--work", folder / "work")
    assert ended.status == 0, ended.out[-3000:] + ended.err[-3000:]
    return ended


def keys_below(folder):
    return [
        (Path(where) / name).relative_to(folder).as_posix()
        for where, _, names in os.walk(folder, followlinks=True)
        for name in names
    ]


def test_every_photograph_is_counted(first, photographs):
    keys = filter(is_photograph, keys_below(photographs))
    identities = [identity_of(StoredObject(key, 0, "")) for key in keys]
    summary = first.summary
    assert summary["images"] == len(identities)
    assert summary["labels"] == len({who.label for who in identities})
    assert summary["quarantined"] == 0


def test_no_photograph_is_without_descriptors(first):
    assert first.summary["images_without_descriptors"] == 0
    assert first.summary["descriptors"] > 50 * first.summary["images"]


def test_lineage_leads_from_the_photographs_to_the_model_with_counts(first, folder):
    events = [json.loads(line) for line in (folder / "lineage").read_text().splitlines()]
    ended = {of["job"]["name"]: of for of in events if of["eventType"] == "COMPLETE"}
    made = {}
    for stage in STAGES:
        event = ended[f"fruit_features.{stage}"]
        read = rows_of(event["inputs"], "input")
        if stage == STAGES[0]:
            (((place, _), counted),) = read.items()
            assert (place, counted) == ("s3://verger-landing", first.summary["images"])
        else:
            assert read.keys() <= made.keys(), f"{stage} reads what nobody has made"
        made |= rows_of(event["outputs"], "output")
    assert made["s3://verger-lake", "descriptors"] == first.summary["images"]
    publish = ended["fruit_features.publish"]
    assert rows_of(publish["inputs"], "input").keys() <= made.keys()
    assert list(rows_of(publish["outputs"], "output")) == [("s3://verger-lake", "models/fruits")]


def rows_of(datasets, side):
    """Datasets by namespace and name, with the rows that were read or made where that is told."""
    return {
        (of["namespace"], of["name"]): of.get(f"{side}Facets", {})
        .get(f"{side}Statistics", {})
        .get("rowCount")
        for of in datasets
    }


def test_every_checkpoint_is_read_with_pandas(first):
    summary = first.summary
    rows = {
        stage: sum(len(pd.read_parquet(on_disk(summary, address))) for address in addresses)
        for stage, addresses in summary["checkpoints"].items()
    }
    images = summary["images"]
    assert rows == {
        "import_images": images,
        "extract_descriptors": images,
        "build_vocabulary": 1000,
        "pivot_histograms": images,
        "reduce_pca": images,
        "train_classifier": images,
    }


def test_the_features_have_a_row_a_label_and_a_column_a_component(first):
    summary = first.summary
    features = pd.read_csv(on_disk(summary, summary["features_csv"]))
    assert features.shape == (summary["labels"], 1 + summary["pca_k"])
    assert summary["pca_k"] == 100
    assert features.notna().all(axis=None)


def test_it_shows_what_it_is_doing(first):
    for task in ("plan", "create_cluster", *STAGES, "terminate_cluster", "summarise", "publish"):
        assert f"s  {task}\n" in first.out


def test_the_summary_is_kept_in_the_lake(first):
    summary = first.summary
    kept = on_disk(summary, f"s3://verger-lake/runs/{summary['run_id']}/summary.json")
    assert json.loads(kept.read_text())["checkpoints"] == summary["checkpoints"]


@pytest.fixture(scope="module")
def again(first, photographs, folder):
    ended = run("--images", photographs, "--lake", folder / "lake", "--work", folder / "work")
    assert ended.status == 0, ended.out + ended.err
    return ended


def test_the_same_command_again_reuses_every_checkpoint(first, again):
    assert again.summary["reused"] == list(STAGES)
    assert again.summary["checkpoints"] == first.summary["checkpoints"]


def test_where_nothing_is_new_no_cluster_is_created(again):
    assert "s  summarise\n" in again.out
    assert "s  create_cluster\n" not in again.out


def test_a_delivery_is_worked_on_alone_by_jobs_and_nothing_is_fitted_again(
    again, first, photographs, album, folder
):
    everything, _, name = album
    link(photographs, everything, name)
    delivered = everything / name
    place = ("--images", photographs, "--lake", folder / "lake", "--work", folder / "work")
    steps = set(steps_of(place).glob("j-*/*/stdout"))
    summary = run(*place, "--vocabulary", "reuse", "--backend", "serverless").summary
    assert set(steps_of(place).glob("j-*/*/stdout")) == steps
    jobs = list(steps_of(place).glob(f"{APPLICATION}/*/stdout"))
    assert len(jobs) == len(STAGES) - len(summary["reused"])
    new = len(list(delivered.glob("*.jpg")))
    assert (summary["new"], summary["images"]) == (new, first.summary["images"] + new)
    assert {stage: summary["photographs_done"][stage] for stage in BY_SEGMENT} == dict.fromkeys(
        BY_SEGMENT, new
    )
    assert BUILD_VOCABULARY in summary["reused"]
    assert (
        summary["checkpoints"][BUILD_VOCABULARY] == first.summary["checkpoints"][BUILD_VOCABULARY]
    )
    assert set(summary["fit"]["mean_distance"]) == {delivered.name}
    features = pd.read_csv(on_disk(summary, summary["features_csv"]))
    before = pd.read_csv(on_disk(first.summary, first.summary["features_csv"]))
    known = features[features["label"] != delivered.name].reset_index(drop=True)
    pd.testing.assert_frame_equal(known, before, check_exact=True)
