"""Seeded damage to photographs of all formats: each is used or refused, in bounded time and memory.

A file that is used is one that extraction reads; one that is refused has a reason and a detail.
"""

import io
import resource
import time

import numpy as np
import pytest
from PIL import Image

from tests.photographs import pixels
from verger.config.settings import FRUITS
from verger.imaging.orb import Extractor
from verger.imaging.photograph import ImageLimits, UnusableError, read_photograph

LIMITS = ImageLimits(max_pixels=1_000_000, max_bytes=1_000_000)
REASONS = {"empty", "too_large", "not_an_image", "truncated", "damaged", "unsupported"}
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
FILES_OF_EACH = 60
SECONDS_A_FILE = 5.0
MOST_BYTES = 400 << 20


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


@pytest.mark.filterwarnings("ignore:.*EXIF.*", "ignore::UserWarning")
@pytest.mark.parametrize("kind", MODES)
def test_every_file_is_used_by_extraction_or_refused_with_a_reason(kind):
    rng = np.random.default_rng([2026, *kind.encode()])
    extractor = Extractor(FRUITS.extractor)
    before = peak()
    used = 0
    for number in range(FILES_OF_EACH):
        damage = DAMAGE[number % len(DAMAGE)]
        content = damage(rng, whole(rng, kind))
        started = time.monotonic()
        found = outcome(content)
        if isinstance(found, UnusableError):
            assert found.reason in REASONS
            assert found.detail
        else:
            used += 1
            assert len(found.content) <= LIMITS.max_bytes
            assert extractor.describe(found.content).shape[1] == 32
        assert time.monotonic() - started < SECONDS_A_FILE
    assert used >= FILES_OF_EACH // len(DAMAGE) // 2
    assert peak() - before < MOST_BYTES


def outcome(content):
    """The photograph, or why it cannot be used."""
    try:
        return read_photograph(content, LIMITS)
    except UnusableError as error:
        return error


def peak():
    """The most memory this process has had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
