"""The sample of photographs that the project draws itself."""

from __future__ import annotations

import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from sample import draw_sample
from sample.__main__ import main
from sample.album import MARKER, Order, film
from sample.catalogue import FRUITS
from verger.errors import VergerError

Pixels = npt.NDArray[np.uint8]

PER_LABEL = 8
COMMAND = (sys.executable, "-m", "sample")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_sample(tmp_path_factory.mktemp("drawn") / "fruits", per_label=PER_LABEL)


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def photographs(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*/*.jpg"))


def draw_by_command(folder: Path, hash_seed: str) -> None:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    subprocess.run([*COMMAND, folder, "--per-label", "4"], env=environment, check=True)


def test_the_same_seed_draws_the_same_bytes_whatever_python_hashes(tmp_path: Path) -> None:
    draw_by_command(tmp_path / "one", hash_seed="1")
    draw_by_command(tmp_path / "two", hash_seed="2")
    assert digests(tmp_path / "one") == digests(tmp_path / "two")


def test_another_seed_draws_other_photographs(sample: Path, tmp_path: Path) -> None:
    other = draw_sample(tmp_path / "other", per_label=PER_LABEL, seed=1)
    drawn, again = digests(sample), digests(other)
    assert drawn.keys() == again.keys()
    assert not set(drawn.values()) & set(again.values())


@pytest.mark.parametrize("threads", [1, 4])
def test_a_label_looks_the_same_drawn_alone_and_on_any_number_of_threads(
    threads: int, sample: Path
) -> None:
    fruit = FRUITS[-1]
    before = cv2.getNumThreads()
    cv2.setNumThreads(threads)
    try:
        frames = list(film(fruit, Order(PER_LABEL, seed=0)))
    finally:
        cv2.setNumThreads(before)
    for path in sample.glob(f"*/{fruit.label}/*.jpg"):
        packed = io.BytesIO()
        Image.fromarray(frames[int(path.stem.split("_")[0])]).save(packed, "JPEG", quality=92)
        assert packed.getvalue() == path.read_bytes()


def test_labels_are_folders_and_every_fourth_frame_is_for_test(sample: Path) -> None:
    labels = {fruit.label for fruit in FRUITS}
    assert len(labels) == len(FRUITS) >= 12
    for split, frames in (("Training", {0, 1, 2, 4, 5, 6}), ("Test", {3, 7})):
        assert {folder.name for folder in (sample / split).iterdir()} == labels
        for label in labels:
            names = {path.name for path in (sample / split / label).iterdir()}
            assert names == {f"{frame}_100.jpg" for frame in frames}


def test_some_labels_have_accents_and_spaces() -> None:
    labels = [fruit.label for fruit in FRUITS]
    assert any(not label.isascii() for label in labels)
    assert any(" " in label for label in labels)


def test_every_photograph_is_a_small_rgb_jpeg_of_something_on_white(sample: Path) -> None:
    for path in photographs(sample):
        with Image.open(path) as image:
            assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (100, 100))
            pixels = np.asarray(image)
        corners = pixels[[0, 0, -1, -1], [0, -1, 0, -1]]
        assert np.median(corners) >= 250, path
        assert 0.1 < (pixels.min(axis=2) < 200).mean() < 0.95, path


def test_no_two_photographs_are_alike(sample: Path) -> None:
    pixels = [np.asarray(Image.open(path)).tobytes() for path in photographs(sample)]
    assert len(set(pixels)) == len(FRUITS) * PER_LABEL


def test_neighbouring_frames_show_the_same_spots_and_far_ones_do_not() -> None:
    for fruit in (f for f in FRUITS if f.label in ("Cantaloupe 1", "Peach", "Watermelon")):
        turn = [descriptors(frame) for frame in film(fruit, Order(per_label=40, seed=0))][:20]
        near = sum(same_spots(turn[i], turn[(i + 1) % 20]) for i in range(20))
        far = sum(same_spots(turn[i], turn[(i + 10) % 20]) for i in range(20))
        assert near > 3 * far, fruit.label


def descriptors(frame: Pixels) -> Pixels:
    orb = cv2.ORB.create(nfeatures=500, edgeThreshold=8, fastThreshold=8)
    gray = cv2.cvtColor(cv2.resize(frame, (200, 200)), cv2.COLOR_RGB2GRAY)
    return orb.detectAndCompute(gray, None)[1].astype(np.uint8)


def same_spots(one: Pixels, other: Pixels) -> int:
    matches = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(one, other)
    return sum(match.distance < 40 for match in matches)


def test_specimens_of_a_label_differ() -> None:
    for fruit in FRUITS:
        assert len(fruit.poses) >= 2
        frames = list(film(fruit, Order(per_label=4, seed=0)))
        assert np.abs(frames[0].astype(int) - frames[2]).mean() > 4, fruit.label


def test_orb_finds_texture_and_as_in_reality_little_of_it_on_smooth_fruits(sample: Path) -> None:
    fine = cv2.ORB.create(nfeatures=500, edgeThreshold=8, fastThreshold=8)
    grays = {p: np.asarray(Image.open(p).convert("L")) for p in photographs(sample)}
    found = {p: len(fine.detect(cv2.resize(gray, (200, 200)))) for p, gray in grays.items()}
    assert min(found.values()) >= 20
    assert np.median(list(found.values())) >= 200
    plain = cv2.ORB.create()
    smooth = [len(plain.detect(gray)) for p, gray in grays.items() if p.parent.name == "Açaí"]
    rough = [len(plain.detect(gray)) for p, gray in grays.items() if p.parent.name == "Pineapple"]
    assert max(smooth) < min(rough)


def test_a_finished_sample_is_kept_as_it_is(sample: Path) -> None:
    touched = {path: path.stat().st_mtime_ns for path in sample.rglob("*")}
    assert draw_sample(sample, per_label=PER_LABEL) == sample
    assert {path: path.stat().st_mtime_ns for path in sample.rglob("*")} == touched


def test_a_folder_that_holds_anything_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(VergerError, match="name another folder"):
        draw_sample(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_sample_drawn_with_other_settings_is_not_taken_for_this_one(sample: Path) -> None:
    with pytest.raises(VergerError, match="other settings"):
        draw_sample(sample, per_label=PER_LABEL, seed=5)


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(VergerError, match="is a file"):
        draw_sample(tmp_path / "file")


def test_an_empty_folder_is_filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    draw_sample(Path(), per_label=4)
    assert len(photographs(tmp_path / "here")) == 4 * len(FRUITS)
    assert json.loads((tmp_path / "here" / MARKER).read_text())["per_label"] == 4


@pytest.mark.parametrize(
    ("end", "left"), [(signal.SIGINT, set()), (signal.SIGKILL, {".fruits.unfinished"})]
)
def test_an_interrupted_drawing_leaves_nothing_that_looks_finished(
    end: signal.Signals, left: set[str], tmp_path: Path
) -> None:
    folder = tmp_path / "fruits"
    # Whatever a shell starts in the background ignores SIGINT, and hands that on.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    drawing = subprocess.Popen([*COMMAND, folder], stderr=subprocess.DEVNULL)
    signal.signal(signal.SIGINT, before)
    wait_until(lambda: any(tmp_path.rglob("*.jpg")))
    drawing.send_signal(end)
    assert drawing.wait(30) != 0
    assert {path.name.split("-")[0] for path in tmp_path.iterdir()} == left
    draw_sample(folder, per_label=4)
    assert len(photographs(folder)) == 4 * len(FRUITS)


def wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_two_drawings_of_one_folder_at_a_time_end_as_one(tmp_path: Path) -> None:
    folder = tmp_path / "fruits"
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(draw_sample, folder, 4) for _ in range(2)]
    assert [drawing.result() for drawing in both] == [folder, folder]
    assert [path.name for path in tmp_path.iterdir()] == ["fruits"]
    assert len(photographs(folder)) == 4 * len(FRUITS)


@pytest.mark.parametrize(
    ("options", "reason"),
    [(["--per-label", "3"], "ask for 4 or more"), (["--seed", "-1"], "use 0 or more")],
)
def test_a_number_out_of_range_is_refused_with_the_reason(
    options: list[str], reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ending:
        main([str(tmp_path / "fruits"), *options])
    assert ending.value.code == 2
    assert reason in " ".join(capsys.readouterr().err.split())
    assert not any(tmp_path.iterdir())
