"""A file is what its bytes say, whatever its name: read by a list of formats, or refused."""

import io
import struct
import subprocess
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.photographs import jpeg, packed, pixels
from verger.config.settings import FRUITS
from verger.imaging import photograph
from verger.imaging.orb import Extractor
from verger.imaging.photograph import ImageLimits, UnusableError, read_photograph

FILES = Path(__file__).with_name("files")
LIMITS = ImageLimits(max_pixels=3_000_000, max_bytes=10_000_000)
RGB = Image.fromarray(pixels(1))
PNG = packed(RGB, "PNG")
HEADER = 8 + 25  # a PNG's signature and IHDR


def read(content, limits=LIMITS):
    """The pixels that extraction will see, in colour."""
    found = read_photograph(content, limits)
    shown = cv2.imdecode(np.frombuffer(found.content, np.uint8), cv2.IMREAD_COLOR)
    assert shown.shape == (found.height, found.width, 3)
    return shown[..., ::-1].astype(int)


def refused(content, limits=LIMITS):
    with pytest.raises(UnusableError) as caught:
        read_photograph(content, limits)
    return caught.value.reason, caught.value.detail


def with_chunk(kind, body, checksum=None):
    found = zlib.crc32(kind + body) if checksum is None else checksum
    chunk = struct.pack(">I", len(body)) + kind + body + struct.pack(">I", found)
    return PNG[:HEADER] + chunk + PNG[HEADER:]


def test_heic_is_read_whatever_its_name_says():
    shown = read((FILES / "picture.heic").read_bytes())
    assert shown.shape == (48, 64, 3)
    assert np.abs(shown[20, 24] - (200, 30, 30)).max() < 20


@pytest.mark.parametrize("kind", ["AVIF", "JPEG2000", "GIF", "WEBP", "TIFF", "BMP"])
def test_formats_of_phones_cameras_and_the_web_are_read(kind):
    shown = read(packed(RGB, kind))
    assert np.abs(shown - np.asarray(RGB).astype(int)).mean() < 12


def test_a_lossless_jpeg_that_opencv_does_not_read_is_repacked():
    content = (FILES / "lossless.jpg").read_bytes()
    assert cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE) is None
    assert read(content).shape == (120, 120, 3)


@pytest.mark.parametrize("lost", [1, 10, 16])
def test_a_png_that_lost_its_last_bytes_is_used_all_the_same(lost):
    assert np.array_equal(read(PNG[:-lost]), np.asarray(RGB))


def test_a_png_whose_picture_does_not_fit_its_checksum_is_used_or_refused_but_never_kept_as_it_is():
    damaged = PNG[:-14] + bytes([PNG[-14] ^ 1]) + PNG[-13:]
    assert read_photograph(damaged, LIMITS).content != damaged
    read(damaged)


def test_sixteen_bit_colours_become_eight():
    deep = np.random.default_rng(0).integers(0, 1 << 16, (20, 30, 3), dtype=np.uint16)
    content = cv2.imencode(".png", deep)[1].tobytes()
    found = read_photograph(content, LIMITS).content
    assert found[24] == 8
    assert np.abs(read(content)[..., ::-1] - (deep >> 8)).max() <= 1


def test_lab_pixels_keep_their_colours():
    lab = Image.new("LAB", (8, 8), (136, 208, 195))  # pure red: L 53, a 80, b 67
    assert np.abs(read(packed(lab, "TIFF"))[4, 4] - (255, 0, 0)).max() < 12


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.parametrize(
    "exif", [b"no TIFF", b"", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff"]
)
def test_a_photograph_with_unreadable_exif_is_used_as_upright(exif):
    assert np.array_equal(read(with_chunk(b"eXIf", exif)), np.asarray(RGB))


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_a_jpeg_with_unreadable_exif_is_used_as_upright():
    segment = b"Exif\0\0" + b"II*\0\x08\0\0\0\xff\xff" + b"\x12\x01" * 7
    content = jpeg(1)
    content = (
        content[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + content[2:]
    )
    assert read(content).shape == (100, 100, 3)


@pytest.mark.parametrize(
    ("content", "reason", "told"),
    [
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not_an_image", "PostScript"),
        (b"PK\x03\x04" + bytes(99), "not_an_image", "zip"),
        (b"<html>404</html>", "not_an_image", "HTML"),
        (b"\0\0\0\x18ftypisom" + bytes(99), "not_an_image", "film"),
        (jpeg(1)[:100], "truncated", "JPEG that ends in its header"),
        (PNG[:20], "truncated", "PNG that ends"),
        (jpeg(1)[:-600], "truncated", "truncated"),
        (with_chunk(b"tEXt", b"a\0b", checksum=1), "damaged", "tEXt does not fit its checksum"),
        ((FILES / "picture.heic").read_bytes()[:200], "damaged", "HEIC"),
        (packed(Image.new("RGB", ((1 << 20) + 1, 2)), "PNG"), "unsupported", "OpenCV"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_used_is_told_truly(content, reason, told):
    found, detail = refused(content)
    assert (found, told in detail) == (reason, True), detail


def test_a_jpeg_of_twelve_bits_says_so():
    content = jpeg(1)
    frame = content.index(b"\xff\xc0")
    assert refused(content[: frame + 4] + b"\x0c" + content[frame + 5 :]) == (
        "unsupported",
        "a JPEG of 12 bits a sample: save it with 8",
    )


def test_no_format_starts_another_program(monkeypatch):
    def started(*_, **__):
        raise AssertionError("another program was started")

    monkeypatch.setattr(subprocess, "Popen", started)
    monkeypatch.setattr(subprocess, "check_call", started)
    eps = io.BytesIO()
    RGB.save(eps, "EPS")
    assert refused(eps.getvalue())[0] == "not_an_image"


def test_what_repacking_makes_is_bounded_and_the_limit_is_named():
    noise = np.random.default_rng(0).integers(0, 255, (600, 600, 3), dtype=np.uint8)
    content = packed(Image.fromarray(noise), "WEBP", quality=20)
    as_png = len(packed(Image.fromarray(noise), "PNG"))
    small = ImageLimits(LIMITS.max_pixels, 600_000)
    assert len(content) < 600_000 < as_png
    assert len(read_photograph(content, small).content) < 600_000
    smaller = ImageLimits(LIMITS.max_pixels, len(content))
    reason, detail = refused(content, smaller)
    assert reason == "too_large"
    assert f"the limit is {len(content)}" in detail


def test_any_exception_about_a_file_is_its_reason(monkeypatch):
    def broken(_):
        raise ZeroDivisionError("in the depths of a decoder")

    monkeypatch.setattr(photograph, "to_rgb", broken)
    assert refused(packed(RGB, "GIF")) == (
        "damaged",
        "ZeroDivisionError: in the depths of a decoder",
    )


def test_extraction_reads_everything_that_import_lets_through():
    describe = Extractor(FRUITS.extractor).describe
    for path in sorted(FILES.iterdir()):
        describe(read_photograph(path.read_bytes(), LIMITS).content)
