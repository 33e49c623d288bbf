"""Seeded files of all formats, kinds of damage and names, in a folder and in S3.

Each is used, set aside with a reason, or counted as ignored; the three add up to what lies there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from local_cloud import s3
from local_cloud.process import free_port
from tests.odd_files import DAMAGE, MODES, whole
from verger.lake.store import Lake

VERGER = Path(sys.executable).with_name("verger")
FILES = 160
LABELS = ["Apple Red 1", "Açaí", "Ac\u0327ai\u0301", "l'orange", '50% "ripe"', "a#b", "c+d?", "[1]"]
NAMES = [
    "{}.jpg",
    "é {}.JPEG",
    "e\u0301{}%20.png",
    "[{}].jfif",
    "{}.tif",
    "{}.txt",
    ".{}.jpg",
    "{}",
]
MOST_SECONDS = 900  # the last resort of a step that would hang
REASONS = {"empty", "too_large", "not_an_image", "truncated", "damaged", "unsupported", "no_label"}


def scattered(folder: Path) -> int:
    """Files of a seeded campaign below the folder; returns how many there are."""
    rng, kinds = np.random.default_rng(2026), list(MODES)
    for number in range(FILES):
        content = DAMAGE[number % len(DAMAGE)](rng, whole(rng, kinds[number % len(kinds)]))
        label = "" if rng.random() < 0.05 else str(rng.choice(LABELS))
        path = folder / "Training" / label / str(rng.choice(NAMES)).format(number)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"" if rng.random() < 0.05 else content)
    return FILES


@pytest.fixture(scope="module")
def bucket(tmp_path_factory):
    """A local S3, and the environment of a process that finds it: folder and variables."""
    folder, keys, port = tmp_path_factory.mktemp("campaign"), s3.Keys(), free_port()
    server = s3.server(folder / "s3", port, keys, folder / "log")
    (folder / "s3" / "fruits").mkdir(parents=True)
    server.start()
    yield folder / "s3" / "fruits", s3.environment(port, keys)
    server.stop()


def verger(command, lake, environment, *arguments):
    done = subprocess.run(
        [VERGER, command, "--lake", lake, "--run", "r", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=MOST_SECONDS,
    )
    assert "Traceback" not in done.stderr, done.stderr[-3000:]
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.filterwarnings("ignore:.*EXIF.*", "ignore::UserWarning")
@pytest.mark.parametrize("place", ["a folder [1]", "S3"])
def test_of_all_kinds_of_files_each_is_told_and_nothing_stops_the_run(place, tmp_path, bucket):
    in_s3, environment = bucket
    files = scattered(in_s3 if place == "S3" else tmp_path / place)
    lake = str(tmp_path / "lake")
    address = "s3://fruits" if place == "S3" else str(tmp_path / place)
    planned = verger("plan", lake, environment, "--images", address)
    done = verger("import_images", lake, environment)["metrics"]
    assert done["images"] + done["quarantined"] == planned["photographs"]
    assert planned["photographs"] + sum(planned["ignored"].values()) == files
    assert done["images"] > files // 4
    assert done["quarantined"] > files // 10
    record = Lake.at(lake).noted("r", "import_images")
    aside = [row for part in record.tables["quarantine"] for row in pq.read_table(part).to_pylist()]
    assert len(aside) == done["quarantined"]
    assert {row["reason"] for row in aside} <= REASONS
    assert all(row["detail"] for row in aside)
