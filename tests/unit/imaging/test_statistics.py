"""Statistics of a fruit: they say what they claim, and hold for whatever is photographed."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verger.config.blocks import MaskSettings, StatisticsSettings
from verger.imaging import statistics
from verger.imaging.mask import View, find_fruit, whole
from verger.imaging.statistics import gloss, palette, shading, shape
from verger.imaging.statistics.subject import Subject

SETTINGS = StatisticsSettings()


def ellipse(axes=(40, 40), colour=(40, 60, 200), angle=0):
    """An ellipse on white, cut out."""
    image = np.full((120, 120, 3), 255, np.uint8)
    cv2.ellipse(image, (60, 60), axes, angle, 0, 360, colour, -1)
    return find_fruit(image, MaskSettings())


def of(part, view):
    return part.describe(Subject.of(view.scaled(SETTINGS.side)))


def test_a_row_has_its_width_and_fixed_steps():
    row = statistics.describe(ellipse(), SETTINGS)
    assert row.dtype == np.int32
    assert row.shape == (statistics.WIDTH,)
    assert 180 <= statistics.WIDTH <= 220
    assert np.abs(row).max() <= statistics.MOST * statistics.UNIT


def test_the_median_colour_is_among_the_quantiles_and_a_plain_fruit_has_no_spread():
    view = ellipse(colour=(40, 60, 200))
    light, a, b = cv2.cvtColor(np.array([[(40, 60, 200)]], np.uint8), cv2.COLOR_BGR2Lab)[0, 0]
    quantiles = of(palette, view)[:33].reshape(3, 11)
    assert quantiles[:, 5].tolist() == [light / 64 - 2, a / 64 - 2, b / 64 - 2]
    assert not np.delete(quantiles, 5, axis=1).any()


def test_quantiles_are_those_of_numpy():
    noise = np.random.default_rng(0).integers(0, 256, (100, 100, 3), np.uint8)
    subject = Subject.of(whole(noise))
    values = subject.colours[:, 0]
    shares = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.995]
    expected = np.quantile(values, shares, method="inverted_cdf").astype(float)
    found = palette.describe(subject)[:11] * 32
    assert np.delete(found, 5) == pytest.approx(np.delete(expected - expected[5], 5))


def test_moments_are_those_of_the_textbook():
    noise = np.random.default_rng(0).gamma(2, 20, (100, 100, 3)).clip(0, 255).astype(np.uint8)
    subject = Subject.of(whole(noise))
    values = subject.colours.astype(float)
    spread = np.sqrt(values.var(axis=0) + 1)
    about = (values - values.mean(axis=0)) / spread
    found = palette.describe(subject)[33:45].reshape(4, 3)
    assert found[0] == pytest.approx(np.log(spread))
    assert found[1] == pytest.approx([(about[:, i] * about[:, j]).mean()
                                      for i, j in ((0, 1), (0, 2), (1, 2))])  # fmt: skip
    assert found[2] == pytest.approx((about**3).mean(axis=0) / 3)
    assert found[3] == pytest.approx((about**4).mean(axis=0) / 6 - 0.5)


def test_light_that_falls_off_towards_the_outline_is_seen_in_the_rings():
    y, x = np.mgrid[:100, :100] - 49.5
    light = np.clip(220 - 2.5 * np.hypot(x, y), 0, 255).astype(np.uint8)
    mask = (np.hypot(x, y) < 45).astype(np.uint8)
    means = of(shading, View(np.dstack([light] * 3), mask))[:15].reshape(5, 3)
    assert (np.diff(means[:, 0]) > 0.1).all()  # brighter, ring by ring, inwards
    assert np.abs(means[:, 1:]).max() < 0.1  # grey stays grey


def test_light_from_the_left_is_seen_on_the_left():
    mask = cv2.circle(np.zeros((100, 100), np.uint8), (50, 50), 45, 1, -1)
    light = np.tile(np.linspace(250, 50, 100).astype(np.uint8), (100, 1))
    left, right, above, below = of(shading, View(np.dstack([light] * 3), mask))[30::3]
    assert left > above > right
    assert above == pytest.approx(below, abs=0.05)


def test_a_highlight_is_counted_measured_and_placed():
    view = ellipse(colour=(20, 30, 120))
    dull = of(gloss, view)
    assert not dull.any()
    pixels = view.pixels.copy()
    cv2.circle(pixels, (50, 20), 4, (255, 255, 255), -1)
    one = of(gloss, View(pixels, view.mask))[:8]
    cv2.circle(pixels, (30, 60), 3, (255, 255, 255), -1)
    two = of(gloss, View(pixels, view.mask))[:8]
    assert one[1] == pytest.approx(np.log(2) / 2)
    assert two[1] == pytest.approx(np.log(3) / 2)
    assert one[3] == 0 < two[3] < two[2]
    assert one[4] < -0.15  # above the middle
    assert one[7] < -0.5  # a highlight has less colour than the fruit


def test_an_outline_is_measured_and_a_circle_is_the_roundest():
    circle, long = of(shape, ellipse((45, 45))), of(shape, ellipse((45, 20)))
    assert circle[:2] == pytest.approx([0, 1], abs=0.03)
    assert long[0] == pytest.approx(np.log(45 / 20), abs=0.1)
    assert long[1] == pytest.approx(20 / 45, abs=0.03)
    assert circle[4] > long[4]
    assert long[7] > 5 * circle[7]  # an ellipse is a wave of two around the centre


def test_turning_a_fruit_by_a_quarter_changes_neither_flatness_nor_roundness():
    upright, lying = of(shape, ellipse((45, 25))), of(shape, ellipse((45, 25), angle=90))
    assert upright[1:6] == pytest.approx(lying[1:6], abs=0.01)


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 150), st.integers(1, 150), st.integers(0, 2**32 - 1), st.booleans())
def test_whatever_is_photographed_has_its_numbers(width, height, seed, plain):
    random = np.random.default_rng(seed)
    pixels = random.integers(0, 256, (height, width, 3), np.uint8)
    if plain:
        pixels[:] = pixels[0, 0]
    for view in (whole(pixels), find_fruit(pixels, MaskSettings())):
        row = statistics.describe(view, SETTINGS)
        assert row.shape == (statistics.WIDTH,)
        assert np.abs(row).max() <= statistics.MOST * statistics.UNIT


def test_the_sums_of_rows_are_exact_for_millions_of_photographs():
    largest = (statistics.MOST * statistics.UNIT) ** 2
    assert largest * 8_000_000 < 2**53
