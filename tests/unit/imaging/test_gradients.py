"""Gradient patches: edges counted by direction and cell, on the fruit and nowhere else."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from verger.config.blocks import GradientSettings
from verger.imaging.gradients import describe
from verger.imaging.mask import View, whole

SETTINGS = GradientSettings()
ONE = replace(SETTINGS, side=32, sizes=(32,))  # one patch: the whole image


def slope(down, right):
    """Light that rises by so much a pixel: every edge points one way."""
    y, x = np.mgrid[:32, :32]
    light = np.clip(128 + down * (y - 16) + right * (x - 16), 0, 255).astype(np.uint8)
    return whole(np.dstack([light] * 3))


def by_direction(view):
    (patch,) = describe(view, ONE)
    return patch.reshape(2, 2, 8).astype(float) ** 2


def test_edges_are_counted_in_the_direction_in_which_light_rises():
    for direction, (down, right) in enumerate([(0, 6), (5, 5), (6, 0), (5, -5),
                                               (0, -6), (-5, -5), (-6, 0), (-5, 5)]):  # fmt: skip
        found = by_direction(slope(down, right))
        assert (found.argmax(axis=2) == direction).all()
        assert found.max() > 0.8 * found.sum(axis=2).max()


def test_an_edge_between_two_directions_is_shared_by_them():
    found = by_direction(slope(3, 6)).sum(axis=(0, 1))
    assert set(np.argsort(found)[-2:]) == {0, 1}


def test_an_edge_is_counted_in_the_cell_where_it_is():
    light = np.full((32, 32, 3), 50, np.uint8)
    light[:, 24:] = 200
    found = by_direction(whole(light)).sum(axis=2)
    assert found[:, 0].max() == 0
    assert found[:, 1].min() > 0


def test_a_patch_does_not_depend_on_contrast_and_without_edges_it_is_zero():
    strong, weak = (describe(slope(0, rise), ONE).astype(int) for rise in (6, 3))
    assert np.abs(strong - weak).max() <= 12
    assert not describe(whole(np.full((32, 32, 3), 90, np.uint8)), ONE).any()


def test_only_patches_whose_middle_lies_on_the_fruit_count():
    pixels = np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8)
    mask = np.zeros((200, 200), np.uint8)
    mask[:100] = 1
    everywhere, on_fruit = describe(whole(pixels), SETTINGS), describe(View(pixels, mask), SETTINGS)
    assert 0.45 * len(everywhere) < len(on_fruit) < 0.55 * len(everywhere)


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 220), st.integers(1, 220))
def test_a_photograph_of_any_size_has_its_patches(width, height):
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    patches = describe(whole(pixels), SETTINGS)
    assert patches.dtype == np.uint8
    assert patches.shape[1] == 32
