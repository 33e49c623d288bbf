"""Every usable file becomes an upright 8-bit RGB photograph; the others say why not."""

import io
import resource

import numpy as np
import pytest
from PIL import Image

from tests.photographs import jpeg, packed, pixels
from verger.imaging.photograph import ImageLimits, UnusableError, check_bytes, read_photograph

LIMITS = ImageLimits(max_pixels=1_000_000, max_bytes=10_000_000)
RGB = Image.fromarray(pixels(1))


def decoded(content: bytes) -> np.ndarray:
    image = Image.open(io.BytesIO(read_photograph(content, LIMITS).content))
    assert image.mode == "RGB"
    return np.asarray(image).astype(int)


def test_a_plain_photograph_keeps_its_bytes():
    content = jpeg(1)
    photograph = read_photograph(content, LIMITS)
    assert photograph.content == content
    assert (photograph.width, photograph.height) == (100, 100)


def test_exif_orientation_is_applied():
    image = Image.fromarray(pixels(2)[:60])  # 100 wide, 60 high
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned a quarter
    upright = decoded(packed(image, "PNG", exif=exif))
    assert upright.shape[:2] == (100, 60)
    assert np.array_equal(upright, np.rot90(np.asarray(image).astype(int), -1))


def test_a_turned_jpeg_stays_a_jpeg():
    exif = Image.Exif()
    exif[0x0112] = 3
    photograph = read_photograph(packed(RGB, "JPEG", exif=exif), LIMITS)
    image = Image.open(io.BytesIO(photograph.content))
    assert image.format == "JPEG"
    assert image.getexif().get(0x0112, 1) == 1


def test_grayscale_and_palette_become_the_same_colours_in_rgb():
    gray = RGB.convert("L")
    assert np.array_equal(decoded(packed(gray, "PNG"))[..., 0], np.asarray(gray))
    palette = RGB.quantize(16)
    assert np.array_equal(decoded(packed(palette, "PNG")), np.asarray(palette.convert("RGB")))


def test_cmyk_becomes_rgb():
    shown = decoded(packed(RGB.convert("CMYK"), "TIFF"))
    assert np.abs(shown - np.asarray(RGB).astype(int)).max() <= 2


def test_sixteen_bits_keep_their_upper_eight():
    deep = (np.arange(100 * 100, dtype=np.uint16) * 6).reshape(100, 100)
    assert np.array_equal(decoded(packed(Image.fromarray(deep), "PNG"))[..., 0], deep >> 8)


def test_transparent_becomes_white_like_the_background_of_a_fruit():
    clear = Image.new("RGBA", (10, 10), (200, 0, 0, 0))
    assert (decoded(packed(clear, "PNG")) == 255).all()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"this is no picture", "not_an_image"),
        (jpeg(3)[:-600], "truncated"),
        (packed(Image.fromarray(np.zeros((10, 10), np.float32)), "TIFF"), "unsupported"),
        (packed(Image.new("1", (2000, 2000)), "PNG"), "too_large"),
    ],
)
def test_unusable_files_say_why(content, reason):
    with pytest.raises(UnusableError) as caught:
        read_photograph(content, LIMITS)
    assert caught.value.reason == reason
    assert caught.value.detail


def test_a_file_above_the_size_limit_is_refused_before_it_is_fetched():
    with pytest.raises(UnusableError) as caught:
        check_bytes(LIMITS.max_bytes + 1, LIMITS)
    assert caught.value.reason == "too_large"


def test_a_png_whose_part_claims_gigabytes_is_repacked_before_opencv_sees_it():
    whole = packed(Image.new("RGB", (1, 1), "white"), "PNG")
    at = whole.index(b"IDAT") - 4
    claiming = whole[:at] + b"\x30" + whole[at + 1 :]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert read_photograph(claiming, LIMITS).content != claiming
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 << 10  # kilobytes
