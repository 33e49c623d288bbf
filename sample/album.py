"""Draw all photographs into a folder, laid out like Fruits-360; it is finished or not there."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from sample.body import grow
from sample.camera import photograph, studio
from sample.catalogue import FRUITS
from sample.fruit import Fruit
from verger.errors import VergerError

MARKER = "sample.json"
TEST_EVERY = 4  # every fourth frame is for Test, those between for Training

_DRAWING = 1  # raise this when photographs change: samples drawn before are then not reused
_JPEG_QUALITY = 92


@dataclass(frozen=True)
class Order:
    """What was asked for; the finished folder keeps it as its marker."""

    per_label: int
    seed: int
    drawing: int = _DRAWING

    def __post_init__(self) -> None:
        if self.per_label < TEST_EVERY:
            raise VergerError(
                f"{self.per_label} photographs per label leave none for Test: "
                f"ask for {TEST_EVERY} or more"
            )
        if self.seed < 0:
            raise VergerError(f"seed {self.seed} is below 0: use 0 or more")


def draw_sample(folder: Path, per_label: int = 40, seed: int = 0) -> Path:
    """Draw ``per_label`` photographs of each fruit of the catalogue; returns the folder.

    ``Training/<Label>/<n>_100.jpg`` and ``Test/<Label>/<n>_100.jpg``, three to one, RGB, 100 x 100
    pixels. The same arguments give the same bytes. A folder that is already this sample is kept as
    it is. Raises VergerError if the folder holds anything else.
    """
    order, asked, folder = Order(per_label, seed), folder, folder.resolve()
    if _is_finished(folder, order):
        return asked
    _check_free(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _unfinished_beside(folder) as unfinished:
        for fruit in FRUITS:
            _draw_label(unfinished, fruit, order)
        (unfinished / MARKER).write_text(json.dumps(asdict(order)) + "\n", encoding="utf-8")
        try:
            unfinished.replace(folder)
        except OSError:
            # Another run may have finished the same sample meanwhile: then that one is as good.
            if not _is_finished(folder, order):
                _check_free(folder)
                raise
    return asked


def film(fruit: Fruit, order: Order) -> Iterator[npt.NDArray[np.uint8]]:
    """Frames (100 x 100 x 3) of a fruit: each of its specimens turns once around.

    Each specimen and frame has random numbers of its own, so neither order nor count of other
    drawings matters.
    """
    name = zlib.crc32(fruit.label.encode())
    shares = np.array_split(np.arange(order.per_label), len(fruit.poses))
    for specimen, (pose, frames) in enumerate(zip(fruit.poses, shares, strict=True)):
        rng = np.random.default_rng([order.seed, name, specimen])
        body, light = grow(fruit, rng), studio(rng)
        for step, frame in enumerate(frames):
            shot = np.random.default_rng([order.seed, name, specimen, int(frame)])
            turned = 360 * step / len(frames) + shot.normal(0, 0.7)
            yield photograph(body, pose, turned, light, shot)


def _draw_label(folder: Path, fruit: Fruit, order: Order) -> None:
    for split in ("Training", "Test"):
        (folder / split / fruit.label).mkdir(parents=True)
    for number, pixels in enumerate(film(fruit, order)):
        split = "Test" if number % TEST_EVERY == TEST_EVERY - 1 else "Training"
        path = folder / split / fruit.label / f"{number}_100.jpg"
        Image.fromarray(pixels).save(path, "JPEG", quality=_JPEG_QUALITY)


def _is_finished(folder: Path, order: Order) -> bool:
    try:
        marker = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(marker == asdict(order))


def _check_free(folder: Path) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise VergerError(f"{folder} is a file: name a folder for the sample")
    if any(folder.iterdir()):
        raise VergerError(
            f"{folder} holds something else than this sample (other files, or a sample drawn with "
            "other settings): remove it or name another folder"
        )


@contextlib.contextmanager
def _unfinished_beside(folder: Path) -> Iterator[Path]:
    """A new hidden folder on the same disk, so that a rename finishes it; gone afterwards."""
    unfinished = folder.with_name(f".{folder.name}.unfinished-{os.getpid()}-{secrets.token_hex(4)}")
    unfinished.mkdir()
    try:
        yield unfinished
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
