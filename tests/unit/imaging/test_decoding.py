"""No more of a photograph is decoded than is looked at, and what is decoded is upright."""

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.photographs import packed, pixels
from verger.imaging.decoding import decode, rescale


def photograph(width, height):
    """Smooth colours: a reduced decoding looks like the whole."""
    small = np.random.default_rng(0).integers(0, 256, (5, 5, 3), np.uint8)
    return Image.fromarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC))


def test_a_small_photograph_keeps_its_pixels():
    image = Image.fromarray(pixels(1))
    assert np.array_equal(decode(packed(image, "PNG"), 400)[:, :, ::-1], pixels(1))


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("size", [(401, 300), (800, 600), (3000, 4000), (3000, 1000)])
def test_a_large_photograph_is_decoded_at_the_side_that_is_looked_at(kind, size):
    image = photograph(*size)
    found = decode(packed(image, kind), 400)
    assert max(found.shape[:2]) == 400
    assert found.shape[1] / found.shape[0] == pytest.approx(size[0] / size[1], rel=0.1)
    expected = cv2.resize(np.asarray(image), found.shape[1::-1], interpolation=cv2.INTER_AREA)
    assert np.abs(found[:, :, ::-1].astype(int) - expected).mean() < 4


def test_reduced_decoding_never_leaves_fewer_pixels_than_asked_for(monkeypatch):
    asked = []
    whole = cv2.imdecode

    def watched(content, flag):
        found = whole(content, flag)
        asked.append(max(found.shape[:2]))
        return found

    monkeypatch.setattr(cv2, "imdecode", watched)
    for side in (399, 799, 801, 1601, 3199, 3201):
        decode(packed(photograph(side, 10), "JPEG"), 400)
    assert asked == [399, 799, 401, 401, 800, 401]


def test_a_phone_that_was_turned_gives_an_upright_photograph():
    image = photograph(1200, 600)
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned a quarter
    found = decode(packed(image, "JPEG", exif=exif), 300)
    assert found.shape[:2] == (300, 150)
    upright = np.rot90(np.asarray(image), -1)
    expected = cv2.resize(upright, (150, 300), interpolation=cv2.INTER_AREA)
    assert np.abs(found[:, :, ::-1].astype(int) - expected).mean() < 4


@pytest.mark.parametrize("content", [b"", b"this is no picture", b"\xff\xd8\xff\xe0\x00\x10JFIF"])
def test_what_is_no_image_is_refused(content):
    with pytest.raises(ValueError, match="not an image"):
        decode(content, 400)


def test_rescaling_reaches_the_side_and_keeps_a_pixel_of_the_other():
    assert rescale(np.zeros((3, 1000, 3), np.uint8), 100).shape == (1, 100, 3)
    assert rescale(np.zeros((30, 20), np.uint8), 90).shape == (90, 60)
