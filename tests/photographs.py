"""Small textured photographs for tests, drawn from a seed."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
from PIL import Image


def pixels(seed: int, side: int = 100) -> np.ndarray:
    """A disc with blobs on white: side x side x 3, enough texture for ORB."""
    rng = np.random.default_rng(seed)
    blobs = cv2.resize(rng.integers(0, 255, (12, 12, 3), dtype=np.uint8), (side, side))
    y, x = np.mgrid[:side, :side] - side / 2
    blobs[x**2 + y**2 > (0.45 * side) ** 2] = 255
    return blobs


def jpeg(seed: int, side: int = 100) -> bytes:
    """One such photograph as a JPEG file."""
    return packed(Image.fromarray(pixels(seed, side)), "JPEG")


def packed(image: Image.Image, kind: str, **options: object) -> bytes:
    """The bytes of an image file."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def orchard(folder: Path, labels: dict[str, int], split: str = "Training") -> Path:
    """A folder of photographs: so many of each label, all different."""
    seed = sum(map(ord, split))
    for label, count in labels.items():
        for number in range(count):
            seed += 1
            path = folder / split / label / f"{number}_100.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(jpeg(seed))
    return folder
