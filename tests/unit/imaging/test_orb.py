"""Descriptors of one photograph under both presets."""

import numpy as np
import pytest
from PIL import Image

from tests.photographs import jpeg, packed, pixels
from verger.config.settings import FRUITS, SEED
from verger.imaging.orb import Extractor


def test_the_fruits_preset_finds_many_times_more_than_the_notebooks():
    fruits, seed = (Extractor(preset.extractor).describe(jpeg(1)) for preset in (FRUITS, SEED))
    assert fruits.shape[1] == 32
    assert len(fruits) > 3 * max(1, len(seed))


def test_a_smooth_fruit_is_looked_at_more_closely_until_something_is_found():
    faint = (250 - pixels(4).astype(int) // 25).astype(np.uint8)  # ten levels of contrast
    assert len(Extractor(FRUITS.extractor).describe_pixels(faint[..., 0])) > 0


@pytest.mark.parametrize("preset", [FRUITS, SEED])
def test_a_photograph_of_nothing_has_no_descriptors(preset):
    blank = packed(Image.new("RGB", (100, 100), "white"), "PNG")
    assert Extractor(preset.extractor).describe(blank).shape == (0, 32)


@pytest.mark.parametrize("size", [(1, 1), (3, 500), (20, 20), (2000, 1500)])
@pytest.mark.parametrize("preset", [FRUITS, SEED])
def test_photographs_of_any_size_are_described(preset, size):
    image = Image.fromarray(pixels(5)).resize(size)
    found = Extractor(preset.extractor).describe(packed(image, "PNG"))
    assert found.dtype == np.uint8
    assert found.shape[1] == 32


def test_the_same_photograph_gives_the_same_descriptors():
    one, two = (Extractor(FRUITS.extractor).describe(jpeg(6)) for _ in range(2))
    assert np.array_equal(one, two)
