"""What a keypoint looks at, cut out and turned upright."""

import cv2
import numpy as np
import pytest

from tests.photographs import pixels
from verger.config.settings import FRUITS
from verger.imaging.cutout import SIDE, as_png, cut_out
from verger.imaging.orb import Extractor

PHOTOGRAPH = pixels(3, side=101)
MIDDLE = (50.0, 50.0)


def test_a_square_that_is_not_turned_is_what_stands_there():
    around = PHOTOGRAPH[50 - 12 : 50 + 12, 50 - 12 : 50 + 12]
    cut = cut_out(PHOTOGRAPH, (49.5, 49.5, float(SIDE)), 0)
    assert np.abs(cut.astype(int) - around).max() <= 1


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_photograph_that_is_turned_gives_the_same_picture(quarters):
    turned = np.ascontiguousarray(np.rot90(PHOTOGRAPH, -quarters))  # clockwise
    upright = cut_out(PHOTOGRAPH, (*MIDDLE, 40.0), 10)
    again = cut_out(turned, (*MIDDLE, 40.0), 10 + 90 * quarters)
    assert np.abs(upright.astype(int) - again).max() <= 2


def test_orb_turns_as_the_cut_does():
    gray = np.ascontiguousarray(PHOTOGRAPH[..., 0])
    extractor = Extractor(FRUITS.extractor)
    one, two = extractor.detect(gray), extractor.detect(np.ascontiguousarray(np.rot90(gray, -1)))
    x, y, _ = one.squares[0]
    # A quarter clockwise takes (x, y) to (height - y, x).
    away = np.hypot(two.squares[:, 0] - (len(gray) - 1 - y), two.squares[:, 1] - x)
    turned = (two.angles[np.argmin(away)] - one.angles[0]) % 360
    assert away.min() < 2
    assert abs(turned - 90) < 3


def test_at_the_edge_the_last_pixels_go_on():
    white = np.full((20, 20, 3), 255, np.uint8)
    assert cut_out(white, (0, 0, 31), 45).min() == 255


def test_the_file_is_a_png_of_the_same_pixels():
    cut = cut_out(PHOTOGRAPH, (*MIDDLE, 60.0), 30)
    content = as_png(cut)
    assert content.startswith(b"\x89PNG")
    assert np.array_equal(cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR), cut)
