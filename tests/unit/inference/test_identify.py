"""verger identify: photographs go in, fruits come out, and nobody pays for Spark."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sample import draw_sample
from tests.answers import teach
from verger.cli.main import main


@pytest.fixture(scope="module")
def taught(tmp_path_factory):
    """A lake with a model that learnt the drawn sample, and photographs that it has not seen."""
    folder = tmp_path_factory.mktemp("identify")
    sample = draw_sample(folder / "sample", per_label=16)
    teach(folder / "lake", sample / "Training")
    return folder / "lake", sorted((sample / "Test").glob("*/*.jpg"))


def answers(lake: Path, *photographs: object, capsys, **flags):
    arguments = ["identify", "--lake", str(lake), "--json", *map(str, photographs)]
    status = main([*arguments, *(f"--{flag}" for flag in flags)])
    lines = capsys.readouterr().out.splitlines()
    return status, [json.loads(line) for line in lines]


def test_photographs_that_were_not_seen_are_named_in_the_order_asked(taught, capsys):
    lake, photographs = taught
    some = photographs[::5]
    status, told = answers(lake, *some, capsys=capsys)
    assert status == 0
    assert [one["path"] for one in told] == [str(path) for path in some]
    right = [
        one["results"][0]["label"] == path.parent.name for one, path in zip(told, some, strict=True)
    ]
    assert np.mean(right) > 0.9


def test_an_answer_says_what_the_service_says(taught, capsys):
    lake, photographs = taught
    _, (one,) = answers(lake, photographs[0], capsys=capsys)
    assert one["model"] == "m"
    assert one["status"] == "ok"
    assert one["best_match"] == photographs[0].parent.name
    probabilities = [result["probability"] for result in one["results"]]
    assert len(probabilities) == 5
    assert probabilities == sorted(probabilities, reverse=True)
    assert 0.5 < sum(probabilities) <= 1.00001
    assert one["similar_images"][0]["label"] == photographs[0].parent.name


def test_an_answer_explains_itself(taught, capsys):
    lake, photographs = taught
    _, (one,) = answers(lake, photographs[0], capsys=capsys)
    why = one["explanation"]
    assert why["answer"] == one["results"][0]["label"]
    assert why["against"] == one["results"][1]["label"]
    assert {of["block"] for of in why["blocks"]} == {"orb", "colour", "statistics"}
    assert sum(of["weight"] for of in why["blocks"]) > 0
    words = [of for of in why["words"] if of["block"] == "orb"]
    assert words
    assert all(of["weight"] > 0 and of["boxes"] for of in words)
    x, y, wide, tall = words[0]["boxes"][0]
    assert -0.5 < x < 1 > y > -0.5
    assert 0 < wide <= 1 >= tall > 0


def test_noise_is_not_known(taught, tmp_path, capsys):
    lake, _ = taught
    noise = tmp_path / "noise.png"
    pixels = np.random.default_rng(0).integers(0, 256, (100, 100, 3), np.uint8)
    Image.fromarray(pixels).save(noise)
    status, (one,) = answers(lake, noise, capsys=capsys)
    assert (status, one["status"], one["best_match"]) == (0, "rejected", None)
    assert one["reason"].startswith("I don't know")


def test_what_cannot_be_read_is_told_and_the_others_are_answered(taught, tmp_path, capsys):
    lake, photographs = taught
    torn, text = tmp_path / "torn.jpg", tmp_path / "text.jpg"
    torn.write_bytes(photographs[0].read_bytes()[:900])
    text.write_text("no photograph")
    gone = tmp_path / "gone.jpg"
    status, told = answers(lake, torn, text, gone, photographs[0], capsys=capsys)
    assert status == 1
    assert [one["status"] for one in told] == ["rejected", "rejected", "rejected", "ok"]
    assert all("cannot be read" in one["reason"] for one in told[:3])


def test_views_of_one_fruit_get_one_answer(taught, capsys):
    lake, photographs = taught
    views = [path for path in photographs if path.parent == photographs[0].parent][:3]
    status, (one,) = answers(lake, *views, capsys=capsys, together=True)
    assert status == 0
    assert one["path"] == [str(path) for path in views]
    assert one["best_match"] == photographs[0].parent.name


def test_a_large_photograph_is_answered_as_the_small_one(taught, tmp_path, capsys):
    lake, photographs = taught
    large = tmp_path / "large.jpg"
    Image.open(photographs[0]).resize((3200, 3200), Image.Resampling.BICUBIC).save(large)
    _, (one,) = answers(lake, large, capsys=capsys)
    assert one["best_match"] == photographs[0].parent.name


def test_a_photograph_in_another_encoding_is_answered(taught, tmp_path, capsys):
    lake, photographs = taught
    other = tmp_path / "gray.webp"
    packed = io.BytesIO()
    Image.open(photographs[0]).save(packed, "WEBP", quality=95)
    other.write_bytes(packed.getvalue())
    _, (one,) = answers(lake, other, capsys=capsys)
    assert one["best_match"] == photographs[0].parent.name


def test_people_get_lines(taught, capsys):
    lake, photographs = taught
    assert main(["identify", "--lake", str(lake), str(photographs[0])]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"{photographs[0]}: {photographs[0].parent.name} (")
    assert "rather than" in said
    assert "most similar" in said


def test_a_lake_without_a_model_says_what_to_do(tmp_path, caplog):
    assert main(["identify", "--lake", str(tmp_path), "x.jpg"]) == 1
    assert "run the pipeline and publish it first" in caplog.text


LOADED = """
import sys
from verger.cli.main import main
status = main(sys.argv[1:])
heavy = {"pyspark", "airflow", "numba", "pyarrow", "boto3", "pandas", "py4j"}
print(sorted(heavy & {name.split(".")[0] for name in sys.modules}), file=sys.stderr)
sys.exit(status)
"""


def test_neither_spark_nor_airflow_nor_what_takes_long_is_imported(taught):
    lake, photographs = taught
    done = subprocess.run(
        [sys.executable, "-c", LOADED, "identify", "--lake", str(lake), str(photographs[0])],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.splitlines()[-1] == "[]"
