"""How the commands end: one message that says what to do, never a traceback."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from local_cloud.errors import in_words

REPOSITORY = Path(__file__).parents[3]
SHOW = """#!{python}
import json, sys
if "local_cloud.setup" not in sys.argv:
    print(json.dumps(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.ENOSPC, "/lake has no room left: make some, or put the lake elsewhere"),
        (errno.EACCES, "/lake may not be read or written by you"),
        (errno.EROFS, "/lake is on a disk that is mounted read-only"),
        (errno.ENOTDIR, "/lake lies below a file"),
        (errno.EIO, "/lake: Input/output error"),
    ],
)
def test_what_the_system_refuses_is_told_with_what_to_do(number, told):
    assert told in in_words(OSError(number, os.strerror(number), "/lake"))


def commands(tmp_path, *words):
    done = subprocess.run(
        [sys.executable, "-m", *words, "--work", str(tmp_path / "work")],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr.strip()


@pytest.mark.parametrize("module", ["run", "up"])
@pytest.mark.parametrize(
    ("images", "lake", "told"),
    [
        ("nowhere", "lake", "there is no folder"),
        ("in", "file", "file is a file where a folder belongs: choose another with LAKE=FOLDER"),
        ("in", "file/lake", "lies below a file, not a folder"),
        ("in", "/proc/lake", "/proc/lake"),
    ],
)
def test_a_place_that_cannot_be_used_is_one_line(tmp_path, module, images, lake, told):
    (tmp_path / "in" / "Apple").mkdir(parents=True)
    (tmp_path / "in" / "Apple" / "1.jpg").touch()
    (tmp_path / "file").touch()
    command = {"run": ["local_cloud.run"], "up": ["local_cloud.up", "start"]}[module]
    ports = [f"--{name}-port=0" for name in ("ui", "s3", "emr")] if module == "up" else []
    places = ["--images", str(tmp_path / images), "--lake", str(tmp_path / lake)]
    status, said = commands(tmp_path, *command, *places, *ports)
    assert status == 1
    assert said.startswith(f"make {module} stopped: ")
    assert told in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    ("lake", "told"), [("", "an empty name"), ("s3://bucket/lake", "is no folder of this machine")]
)
def test_what_is_no_folder_is_refused(tmp_path, lake, told):
    status, said = commands(tmp_path, "local_cloud.run", "--lake", lake)
    assert status == 2
    assert told in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    "name", ["fruits:2026", "photos [1]", "l'été", 'six "inches"', "a b", "~/fruits", "a;b", "`c`"]
)
def test_make_hands_names_on_as_they_are_written(tmp_path, name):
    python = tmp_path / "python"
    python.write_text(SHOW.format(python=sys.executable))
    python.chmod(0o700)
    done = subprocess.run(
        ["make", "--silent", "run", f"IMAGES={name}", f"LAKE={name}", f"PYTHON={python}"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    words = json.loads(done.stdout)
    assert [words[words.index(flag) + 1] for flag in ("--images", "--lake")] == [name, name]


def test_a_tilde_is_the_home_folder(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "local_cloud.run", "--images", "~/nowhere", "--lake", "~/lake",
         "--work", "~/work"],
        cwd=REPOSITORY,
        env={**os.environ, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert f"there is no folder {tmp_path}/nowhere" in done.stderr
    assert (tmp_path / "lake").is_dir()
    assert not (REPOSITORY / "~").exists()


def test_setup_that_cannot_write_is_one_line(tmp_path):
    (tmp_path / "cache").touch()
    done = subprocess.run(
        [sys.executable, "-m", "local_cloud.setup"],
        cwd=REPOSITORY,
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("setup stopped: ")
    assert "lies below a file" in line
