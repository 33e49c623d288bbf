"""Seeded collections of odd names, kinds and damage, in a folder and in a bucket: every file is
used, quarantined with a reason, or ignored with one, and the three add up.
"""

import os
import socket

import boto3
import numpy as np
import pyarrow as pa
import pytest
from moto import mock_aws
from PIL import Image

from tests.photographs import jpeg, packed, pixels
from verger.catalogue.ignored import count_ignored, why_ignored
from verger.catalogue.keys import is_photograph
from verger.config.settings import ImageLimits
from verger.objects.bucket import Bucket
from verger.objects.folder import Folder
from verger.objects.storage import StoredObject
from verger.spark.importing import examined
from verger.tables import schemas

LIMITS = ImageLimits(max_pixels=1_000_000, max_bytes=100_000)
LABELS = [
    "Apple",
    "Açaí",
    "Ac\u0327ai\u0301",
    "50% \"ripe\" 'x'",
    "a#b+c&d",
    "Kiwi\there",
    "  ",
    "-f",
]
PLACES = ["", "Training/", "deep/er/Test/", "Test/", "~/", "[1]/{a,b}/*/"]
NAMES = ["1", "é%20#", "two\nlines", "🍏", "x" * 200, ".hidden", "a b", "--", "1.jpg"]
ENDINGS = [
    ".jpg",
    ".JPG",
    ".jpeg",
    ".png",
    ".heic",
    ".jfif",
    ".gif",
    ".txt",
    ".zip",
    "",
    ".jpg.part",
]
FILES = 150


def contents(rng):
    """Whole photographs, damaged ones, and what is none."""
    whole = jpeg(int(rng.integers(100)), 40)
    return [
        whole,
        packed(_image(), "PNG"),
        whole[: int(rng.integers(len(whole)))],
        b"",
        rng.bytes(300),
        b"%!PS-Adobe",
        packed(_image(), "BMP") + bytes(LIMITS.max_bytes),
    ]


def _image():
    return Image.fromarray(pixels(1, 40))


def files(rng):
    """Keys and contents."""
    made = {}
    while len(made) < FILES:
        label = str(rng.choice(LABELS)) + "/" if rng.random() < 0.9 else ""
        key = str(rng.choice(PLACES)) + label + str(rng.choice(NAMES)) + str(rng.choice(ENDINGS))
        choices = contents(rng)
        made[key] = choices[int(rng.integers(len(choices)))]
    return made


def imported(source, listing):
    """The rows of what is taken for a photograph, and how many files there are for each fate."""
    taken = [item for item in listing if why_ignored(item) is None]
    batch = pa.RecordBatch.from_pylist(
        [{"key": item.key, "size": item.size, "etag": item.etag} for item in taken]
    )
    rows = list(examined([batch], source, LIMITS))
    quarantined = [row for row in rows if "reason" in row]
    used = [row for row in rows if "reason" not in row]
    assert pa.RecordBatch.from_pylist(used, schema=schemas.IMAGES).num_rows == len(used)
    assert all(row["reason"] and row["detail"] for row in quarantined)
    assert all(row["label"] for row in used)
    return used, {
        "used": len(used),
        "quarantined": len(quarantined),
        "ignored": sum(count_ignored(listing).values()),
    }


@pytest.mark.parametrize("seed", range(3))
def test_in_a_folder_all_files_are_used_quarantined_or_ignored(seed, tmp_path, monkeypatch):
    made = files(np.random.default_rng(seed))
    for key, content in made.items():
        (tmp_path / key).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / key).write_bytes(content)
    os.mkfifo(tmp_path / "Apple" / "pipe.jpg")
    (tmp_path / "Apple" / "lost.jpg").symlink_to("nowhere")
    (tmp_path / "Apple" / "back").symlink_to(tmp_path)
    (tmp_path / "Again").symlink_to(tmp_path / "Açaí")
    again = sum(key.startswith("Açaí/") for key in made)
    source = Folder(str(tmp_path))
    with socket.socket(socket.AF_UNIX) as listening:
        monkeypatch.chdir(tmp_path)  # a socket's address has room for a short name only
        listening.bind("socket.jpg")
        listing = list(source.list(of=is_photograph))
    _, fates = imported(source, listing)
    assert sum(fates.values()) == len(listing) == len(made) + again + 3
    assert min(fates.values()) > 0


@pytest.mark.parametrize("seed", range(2))
def test_in_a_bucket_all_objects_are_used_quarantined_or_ignored(seed, monkeypatch):
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    made = files(np.random.default_rng([9, seed]))
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="fruits")
        for key, content in made.items():
            client.put_object(Bucket="fruits", Key=key, Body=content)
        client.put_object(
            Bucket="fruits", Key="Apple/old.jpg", Body=jpeg(1), StorageClass="GLACIER"
        )
        client.put_object(Bucket="fruits", Key="a//b.jpg", Body=jpeg(1))
        source = Bucket("s3", "fruits", "", client)
        listing = list(source.list())
        _, fates = imported(source, listing)
    assert sum(fates.values()) == len(listing) == len(made) + 2
    assert min(fates.values()) > 0


def test_a_photograph_that_went_meanwhile_has_that_for_a_reason(tmp_path):
    source = Folder(str(tmp_path))
    item = StoredObject("Apple/1.jpg", 1, "etag")
    used, fates = imported(source, [item])
    assert (used, fates["quarantined"]) == ([], 1)
