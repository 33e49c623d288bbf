"""train_classifier: what was learnt answers photographs, and what is told of it is honest."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from sample import draw_sample
from tests.runs import plan, run
from verger.cli.main import main
from verger.config.settings import FRUITS
from verger.contract import BUILD_VOCABULARY, TRAIN_CLASSIFIER
from verger.errors import VergerError
from verger.gates.classifier import Judged
from verger.lake import bundle
from verger.lake.registry import Published
from verger.lake.store import Lake
from verger.operations.promotion import publish
from verger.operations.summary import summarise
from verger.planning.plan import read_plan

SMALL = FRUITS.sized(k=40, pca_k=4)
FIRST = ("Apple Gala", "Banana", "Lime", "Orange")
LATER = "Watermelon"


@pytest.fixture(scope="module")
def learnt(spark, tmp_path_factory):
    """A first run over four fruits, published; then a delivery of a fifth, with the same words."""
    folder = tmp_path_factory.mktemp("learnt")
    drawn = draw_sample(folder / "drawn", per_label=12)
    images, lake = folder / "in", folder / "lake"
    deliver(drawn, images, FIRST)
    (images / "labels.csv").write_text(
        "label,species,variety,maturity\nLime,Citrus,Lime,\nOrange,Citrus,Orange,\n"
    )
    runs = {"first": learn(images, lake, spark, "first")}
    deliver(drawn, images, (LATER,))
    runs["second"] = learn(images, lake, spark, "second", reuse=True)
    return images, lake, runs


def deliver(drawn: Path, images: Path, labels: tuple[str, ...]) -> None:
    for split in ("Training", "Test"):
        for label in labels:
            shutil.copytree(drawn / split / label, images / split / label)


def learn(images, lake, spark, run_id, **request):
    from verger.catalogue.labels import team_names
    from verger.objects.addresses import open_storage

    names = team_names(open_storage(str(images)))
    plan(images, lake, SMALL, run_id, names=names, **request)
    records = run(lake, spark, run_id)
    assert publish(Lake.at(str(lake)), run_id)
    return records


def classifier_of(lake: Path, run_id: str):
    whole = Lake.at(str(lake))
    return whole.find(*read_plan(whole.storage, run_id).recipe.classifier.id)


def answers(lake: Path, paths, capsys):
    assert main(["identify", "--lake", str(lake), "--json", *map(str, paths)]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_the_published_model_names_photographs_that_it_was_not_taught(learnt, capsys):
    images, lake, _ = learnt
    paths = sorted((images / "Test").glob("*/*.jpg"))
    told = answers(lake, paths, capsys)
    wrong = [
        (path, one["best_match"])
        for path, one in zip(paths, told, strict=True)
        if one["results"][0]["label"] != path.parent.name
    ]
    assert len(wrong) <= 1, wrong


def test_the_command_line_answers_as_the_stage_did(learnt, capsys):
    images, lake, runs = learnt
    table = pd.read_parquet(runs["second"][TRAIN_CLASSIFIER].checkpoints[0])
    tested = table[~table.held_out].sort_values("img_name")
    paths = [images / "Test" / of.label / of.img_name.removeprefix(f"{of.label}_")
             for of in tested.itertuples()]  # fmt: skip
    told = answers(lake, paths, capsys)
    assert [one["results"][0]["label"] for one in told] == list(tested.answer)
    probabilities = [one["results"][0]["probability"] for one in told]
    assert probabilities == pytest.approx(list(tested.answer_probability), abs=1e-6)


def test_every_photograph_is_answered_and_counted_once(learnt):
    images, lake, runs = learnt
    table = pd.read_parquet(runs["second"][TRAIN_CLASSIFIER].checkpoints[0])
    assert len(table) == table.photo.nunique() == len(list(images.glob("*/*/*.jpg")))
    assert set(table[table.held_out].split) == {"Training"}
    checkpoint = classifier_of(lake, "second")
    classes = checkpoint.read("classes").to_pandas()
    judged = int((~table.held_out).sum())
    assert set(classes.groupby("level").photographs.sum()) == {judged}
    confusion = checkpoint.read("confusion").to_pandas()
    assert set(confusion.groupby("level").photographs.sum()) == {judged}
    metrics = json.loads(checkpoint.read_file(bundle.METRICS_FILE))
    assert metrics["test_split"]
    assert metrics["label"]["right"] == int((table.answer == table.label)[~table.held_out].sum())
    assert len(Judged.of(checkpoint).photographs) == judged


def test_the_teams_names_are_what_the_levels_are(learnt, capsys):
    images, lake, _ = learnt
    (lime,) = answers(lake, sorted((images / "Test" / "Lime").glob("*.jpg"))[:1], capsys)
    assert (lime["results"][0]["species"], lime["results"][0]["variety"]) == ("Citrus", "Lime")


def test_a_new_category_joins_without_new_words(learnt, capsys):
    images, lake, runs = learnt
    assert runs["second"][BUILD_VOCABULARY].reused
    published = Published.read(Lake.at(str(lake)).storage, "fruits")
    after, before = published.models
    assert after.vocabulary == before.vocabulary
    assert after.colour_vocabulary == before.colour_vocabulary
    assert after.classifier != before.classifier
    assert after.distances == before.distances
    (fresh,) = answers(lake, sorted((images / "Test" / LATER).glob("*.jpg"))[:1], capsys)
    assert fresh["best_match"] == LATER


def test_new_photographs_are_asked_about_before_anything_learns_from_them(learnt):
    images, lake, _ = learnt
    summary = summarise(Lake.at(str(lake)), "second")
    new = len(list(images.glob(f"*/{LATER}/*.jpg")))
    (asked,) = summary["first_answers"].items()
    label, counts = asked
    assert (label, counts["photographs"]) == (LATER, new)
    # Nobody had taught it that label: not to know is the only right answer.
    assert counts["right_species"] == counts["right_label"] == 0
    assert summarise(Lake.at(str(lake)), "first")["first_answers"] == {}


def test_a_bundle_carries_a_card_that_tells_how_good_it_is(learnt):
    _, lake, _ = learnt
    storage = Lake.at(str(lake)).storage
    model = Published.read(storage, "fruits").current
    files = bundle.load(storage, model)
    card = json.loads(files[bundle.CARD])
    assert card["labels"] == len(FIRST) + 1
    assert card["metrics"]["label"]["accuracy"] == model.accuracy["label"]
    assert f"# Model {model.id}" in files[bundle.CARD_TEXT].decode()


def test_a_team_is_told_which_photographs_it_lacks(learnt, capsys):
    images, lake, _ = learnt
    assert main(["quality", "--lake", str(lake)]) == 0
    *table, last = capsys.readouterr().out.splitlines()
    told = json.loads(last)
    labels = {of["label"]: of for of in told["labels"]}
    assert set(labels) == {*FIRST, LATER}
    photographs = {label: len(list(images.glob(f"Training/{label}/*.jpg"))) for label in labels}
    assert {label: of["photographs"] for label, of in labels.items()} == photographs
    assert told["photographs"] == sum(photographs.values())
    assert all(
        any(of.startswith("photographs:") for of in one["missing"]) for one in told["labels"]
    )
    # The team's table made one species of both, so each has been left out of the other's.
    assert labels["Lime"]["species"] == "Citrus"
    assert labels["Lime"]["right_unseen"] is not None
    assert labels["Banana"]["right_unseen"] is None
    assert (labels["Banana"]["colour"], labels["Lime"]["colour"]) == ("yellow", "green")
    assert sum(label in line for line in table for label in labels) >= len(labels)


def test_a_classifier_is_the_same_bytes_on_any_number_of_partitions(learnt, spark, monkeypatch):
    _, lake, _ = learnt
    before = classifier_of(lake, "second").read_file(bundle.CLASSIFIER_FILE)
    for partitions, size in ((1, 1 << 27), (7, 1 << 14)):
        shutil.rmtree(lake / "classifier" / classifier_of(lake, "second").manifest.fingerprint)
        monkeypatch.setattr("verger.spark.tasks.tasks_for", lambda *_, n=partitions: n)
        spark.conf.set("spark.sql.files.maxPartitionBytes", size)
        try:
            run(lake, spark, "second", stages=(TRAIN_CLASSIFIER,))
        finally:
            spark.conf.unset("spark.sql.files.maxPartitionBytes")
        assert classifier_of(lake, "second").read_file(bundle.CLASSIFIER_FILE) == before


def test_a_classifier_that_learnt_wrong_labels_is_not_published(learnt, spark):
    images, lake, _ = learnt
    training = images / "Training"
    for path, other in (("Banana", "x"), ("Orange", "Banana"), ("x", "Orange")):
        (training / path).rename(training / other)
    with pytest.raises(VergerError, match="worse than the one in use, which stays"):
        learn(images, lake, spark, "mislabelled", reuse=True)
    storage = Lake.at(str(lake)).storage
    assert Published.read(storage, "fruits").current.run_id == "second"
    decision = json.loads(storage.read("runs/mislabelled/publication.json"))
    assert not decision["published"]
    assert "species: right about" in decision["why"]


def test_where_all_test_photographs_are_of_labels_that_were_not_learnt_the_others_judge(
    spark, tmp_path
):
    drawn, images, lake = (tmp_path / name for name in ("drawn", "in", "lake"))
    draw_sample(drawn, per_label=6)
    for label in FIRST[:2]:
        shutil.copytree(drawn / "Training" / label, images / "Training" / label)
    shutil.copytree(drawn / "Test" / LATER, images / "Test" / LATER)
    learn(images, lake, spark, "alone")
    published = Published.read(Lake.at(str(lake)).storage, FRUITS.name)
    taught = len(list(images.glob("Training/*/*")))
    assert (
        json.loads(classifier_of(lake, "alone").read_file(bundle.METRICS_FILE))["photographs"]
        == taught
    )
    assert set(published.current.accuracy) == {"species", "variety", "label"}
    assert all(0 <= share <= 1 for share in published.current.accuracy.values())
