"""Settings that cannot be are refused before any work."""

from dataclasses import replace

import pytest

from verger.config.presets import preset
from verger.config.settings import (
    FRUITS,
    SEED,
    ImportSettings,
    PcaSettings,
    Preset,
    VocabularySettings,
)
from verger.errors import SettingsError


@pytest.mark.parametrize(
    "make",
    [
        lambda: VocabularySettings(k=1),
        lambda: VocabularySettings(k=100_000),
        lambda: VocabularySettings(seed=-1),
        lambda: VocabularySettings(max_iterations=0),
        lambda: PcaSettings(k=0),
        lambda: ImportSettings(max_megapixels=0),
        lambda: replace(FRUITS, words=VocabularySettings(k=10)),
        lambda: preset("vegetables"),
    ],
)
def test_settings_out_of_range_are_refused_with_what_to_use(make):
    with pytest.raises(SettingsError, match=r"use |choose "):
        make()


@pytest.mark.parametrize("chosen", [FRUITS, SEED], ids=lambda chosen: chosen.name)
def test_a_preset_survives_its_way_through_json(chosen):
    assert Preset.from_json(chosen.to_json()) == chosen


@pytest.mark.parametrize(
    ("k", "pca_k", "use"),
    [
        (100_000, 100, "use a number from 2 to 4096"),
        (1000, 0, "use a number from 1 to 1024"),
        (50, 100, "use 50 components or fewer"),
    ],
)
def test_words_and_components_go_through_one_door(k, pca_k, use):
    with pytest.raises(SettingsError, match=use):
        FRUITS.sized(k, pca_k)
    small = FRUITS.sized(500, 20)
    assert (small.words.k, small.pca.k, small.extractor) == (500, 20, FRUITS.extractor)


def test_colours_have_as_many_words_as_descriptors_up_to_what_a_classifier_bears():
    assert FRUITS.sized(k=300, pca_k=10).colour_words.k == 300
    assert FRUITS.sized(k=4096, pca_k=10).colour_words.k == 1000
