"""What cannot be is refused in words that say what to do: impossible wishes, bad photographs."""

import json

import pytest

from tests.e2e.conftest import run, steps_of
from tests.photographs import orchard


def test_an_impossible_wish_fails_with_the_steps_own_words_and_the_cluster_is_gone(tmp_path):
    few = orchard(tmp_path / "in", {"Apple": 1, "Kiwi": 1})
    place = ("--images", few, "--lake", tmp_path / "lake", "--work", tmp_path / "work")
    ended = run(*place, "--k", 4000)
    assert ended.status == 1
    assert "the run failed in build_vocabulary" in ended.err
    assert "use --k" in ended.err
    stack = steps_of(place).parent
    outcome = json.loads((stack / "outcome.json").read_text())
    assert outcome["state"] == "failed"
    assert outcome["tasks"]["build_vocabulary"] == "failed"
    assert outcome["tasks"]["terminate_cluster"] == "success"
    log = (stack / "airflow.log").read_text()
    told = log[log.index("The end of what it said") :]
    assert "build_vocabulary failed: 4000 visual words asked for" in told
    assert len(set(steps_of(place).glob("*/s-*"))) == 3  # and no retry


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "no photographs below"), (b"", r"none of 1 files")],
    ids=["no photograph at all", "nothing but bad files"],
)
def test_unusable_deliveries_are_named(content, told, tmp_path):
    source = tmp_path / "in" / "Apple"
    source.mkdir(parents=True)
    if content is not None:
        (source / "1.jpg").write_bytes(content)
    ended = run("--images", tmp_path / "in", "--lake", tmp_path / "l", "--work", tmp_path / "w")
    assert ended.status == 1
    assert told in ended.err
