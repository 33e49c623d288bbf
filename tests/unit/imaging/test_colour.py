"""Colour patches: the Lab means of cells, on the fruit and nowhere else."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verger.config.blocks import ColourSettings
from verger.imaging.colour import describe
from verger.imaging.mask import View, whole

SETTINGS = ColourSettings()


def lab(colour):
    return cv2.cvtColor(np.array([[colour]], np.uint8), cv2.COLOR_BGR2Lab)[0, 0]


def test_a_patch_of_one_colour_repeats_it_and_the_rest_of_its_bytes_is_zero():
    patches = describe(whole(np.full((100, 100, 3), (30, 90, 200), np.uint8)), SETTINGS)
    assert patches.dtype == np.uint8
    assert patches.shape[1] == 32
    assert (patches[:, : SETTINGS.width] == np.tile(lab((30, 90, 200)), 9)).all()
    assert not patches[:, SETTINGS.width :].any()


def test_cells_follow_each_other_row_by_row():
    halves = np.zeros((30, 30, 3), np.uint8)
    halves[15:] = 255
    only = replace(SETTINGS, side=30, sizes=(30,))
    light = describe(whole(halves), only)[0, :27].reshape(3, 3, 3)[:, :, 0]
    assert light[0].max() == 0
    assert light[2].min() == 255
    assert (light == light[:, [0]]).all()


def test_only_patches_whose_middle_lies_on_the_fruit_count():
    pixels = np.full((100, 100, 3), 255, np.uint8)
    pixels[:, :50] = (10, 200, 40)
    mask = np.zeros((100, 100), np.uint8)
    mask[:, :50] = 1
    on_fruit, everywhere = describe(View(pixels, mask), SETTINGS), describe(whole(pixels), SETTINGS)
    assert 0.3 * len(everywhere) < len(on_fruit) < 0.6 * len(everywhere)
    small = describe(View(pixels, mask), replace(SETTINGS, sizes=(8,)))
    assert (small[:, :3] == lab((10, 200, 40))).all()  # the left column of cells


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 140), st.integers(1, 140))
def test_a_photograph_of_any_size_has_its_patches(width, height):
    pixels = np.full((height, width, 3), 128, np.uint8)
    patches = describe(whole(pixels), SETTINGS)
    long, short = 100, max(1, round(100 * min(width, height) / max(width, height)))
    expected = sum(
        len(range(0, long - size + 1, max(6, size // 3)))
        * len(range(0, short - size + 1, max(6, size // 3)))
        for size in SETTINGS.sizes
    )
    assert len(patches) == expected


def test_a_larger_photograph_of_the_same_has_nearly_the_same_patches():
    small = cv2.resize(
        np.random.default_rng(0).integers(0, 256, (6, 6, 3), np.uint8), (100, 100),
        interpolation=cv2.INTER_CUBIC,
    )  # fmt: skip
    large = cv2.resize(small, (400, 400), interpolation=cv2.INTER_CUBIC)
    one, other = describe(whole(small), SETTINGS), describe(whole(large), SETTINGS)
    assert np.abs(one.astype(int) - other).mean() < 2


def test_a_narrow_strip_without_room_for_a_patch_has_none():
    assert describe(whole(np.zeros((2, 100, 3), np.uint8)), SETTINGS).shape == (0, 32)


@pytest.mark.parametrize("cells", [1, 2, 3])
def test_fewer_cells_make_shorter_patches(cells):
    chosen = replace(SETTINGS, cells=cells)
    patches = describe(whole(np.full((50, 50, 3), 77, np.uint8)), chosen)
    assert chosen.width == 3 * cells**2
    assert patches[:, : chosen.width].all()
    assert not patches[:, chosen.width :].any()
