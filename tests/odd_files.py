"""Image files of all formats, modes and orientations, damaged in known ways; seeded."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from tests.photographs import pixels

MODES = {
    "JPEG": ("RGB", "L", "CMYK"),
    "PNG": ("RGB", "L", "P", "RGBA", "LA", "1", "I;16"),
    "WEBP": ("RGB", "RGBA"),
    "BMP": ("RGB", "L", "P", "1"),
    "TIFF": ("RGB", "L", "P", "CMYK", "LAB", "F", "I;16", "1"),
    "GIF": ("P", "L"),
    "AVIF": ("RGB", "RGBA"),
    "JPEG2000": ("RGB", "L", "RGBA"),
}


def whole(rng, kind):
    """An image file of a random mode, size and orientation, its EXIF sometimes no EXIF."""
    image = Image.fromarray(pixels(int(rng.integers(1000)), int(rng.integers(1, 120))))
    mode = str(rng.choice(MODES[kind]))
    options = {}
    if kind not in ("BMP", "GIF", "JPEG2000") and rng.random() < 0.5:
        exif = Image.Exif()
        exif[0x0112] = int(rng.integers(0, 12))
        options["exif"] = exif.tobytes()
        if kind not in ("TIFF", "AVIF") and rng.random() < 0.3:  # Pillow writes it unread there
            options["exif"] = b"Exif\0\0" + rng.bytes(20)
    out = io.BytesIO()
    made = (
        Image.new("LAB", image.size, (100, 140, 150)) if mode == "LAB" else converted(image, mode)
    )
    made.save(out, kind, **options)
    return out.getvalue()


def converted(image, mode):
    if mode == "I;16":
        return Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)
    return image.convert(mode)


def untouched(rng, content):
    return content


def cut(rng, content):
    return content[: int(rng.integers(len(content)))]


def cut_at_its_end(rng, content):
    return content[: -int(rng.integers(1, 20))]


def flipped(rng, content):
    damaged = bytearray(content)
    for place in rng.integers(len(content), size=int(rng.integers(1, 8))):
        damaged[place] ^= 1 << int(rng.integers(8))
    return bytes(damaged)


def header_flipped(rng, content):
    damaged = bytearray(content)
    damaged[int(rng.integers(min(64, len(content))))] = int(rng.integers(256))
    return bytes(damaged)


def zeroed(rng, content):
    start = int(rng.integers(len(content)))
    return content[:start] + bytes(len(content) - start)


def followed(rng, content):
    return content + rng.bytes(int(rng.integers(1, 5000)))


DAMAGE = (untouched, cut, cut_at_its_end, flipped, header_flipped, zeroed, followed)
