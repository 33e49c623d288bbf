"""The fruit is found on white by its outline; elsewhere the middle of the frame is looked at."""

import cv2
import numpy as np
import pytest

from verger.config.blocks import MaskSettings
from verger.imaging.mask import centre, find_fruit, fruit_mask, whole

SETTINGS = MaskSettings()


def disc(side=100, radius=30, at=(50, 50), paper=255, colour=(40, 60, 200)):
    """A disc on paper."""
    image = np.full((side, side, 3), paper, np.uint8)
    return cv2.circle(image, at, radius, colour, -1)


def test_a_disc_on_white_is_found_to_the_pixel():
    expected = cv2.circle(np.zeros((100, 100), np.uint8), (50, 50), 30, 1, -1)
    found = fruit_mask(disc(), SETTINGS)
    assert found is not None
    assert (found != expected).sum() <= 4  # opening takes a disc's single outermost pixels


def test_a_white_highlight_inside_the_fruit_is_fruit():
    shining = cv2.circle(disc(), (45, 45), 8, (255, 255, 255), -1)
    assert np.array_equal(fruit_mask(shining, SETTINGS), fruit_mask(disc(), SETTINGS))


def test_the_paper_may_be_a_little_grey_and_no_darker():
    assert fruit_mask(disc(paper=SETTINGS.white), SETTINGS) is not None
    assert fruit_mask(disc(paper=SETTINGS.white - 1), SETTINGS) is None


@pytest.mark.parametrize("image", [np.full((50, 50, 3), 255, np.uint8), disc(radius=2)])
def test_white_with_nothing_on_it_has_no_fruit(image):
    assert fruit_mask(image, SETTINGS) is None


def test_the_fruit_is_cut_out_with_a_small_margin():
    image = np.full((100, 100, 3), 255, np.uint8)
    image[30:60, 20:80] = (40, 60, 200)
    view = find_fruit(image, SETTINGS)
    assert np.array_equal(view.pixels, image[28:62, 18:82])
    assert np.array_equal(view.mask == 1, (view.pixels != 255).any(axis=2))


def test_a_fruit_that_the_frame_cuts_is_cut_out_at_the_frame():
    view = find_fruit(disc(at=(0, 50)), SETTINGS)
    assert view.pixels.shape[1] <= 33
    assert view.mask[:, 0].any()


def test_without_white_the_middle_is_looked_at_all_of_it():
    shelf = np.random.default_rng(0).integers(0, 200, (100, 200, 3), np.uint8)
    view = find_fruit(shelf, SETTINGS)
    assert np.array_equal(view.pixels, shelf[15:85, 30:170])
    assert view.mask.all()


def test_a_view_is_scaled_with_its_mask():
    view = find_fruit(disc(radius=20), SETTINGS)
    scaled = view.scaled(90)
    assert scaled.pixels.shape == (90, 90, 3)
    assert scaled.mask.shape == (90, 90)
    assert scaled.mask.mean() == pytest.approx(view.mask.mean(), rel=0.03)


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (3, 2)])
def test_the_smallest_photographs_have_a_middle(size):
    assert centre(np.zeros((*size, 3), np.uint8), 0.1).pixels.size > 0
    assert whole(np.zeros((*size, 3), np.uint8)).mask.all()
