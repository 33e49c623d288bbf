"""The words: their pictures, and the labels that they speak for."""

import base64
import io
import re
import shutil
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.lake_features import K
from tests.lakes import grow, listed
from verger.lake.store import Lake
from verger.objects.folder import Folder
from verger_pages.shown import NothingToShowError, shown
from verger_pages.swatches import bits, colours, rgb
from verger_pages.words import ORDERS, page, word_page, words

LABELS = {"Apple 1": 20, "Plum": 10, "Tomato not Ripened": 15}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A model with words."""
    lake = Lake(Folder(str(tmp_path_factory.mktemp("words"))))
    grow(lake, "s3://elsewhere/in", listed(LABELS), "run")
    return shown(lake)


def picture(address):
    """The pixels behind an address of a picture."""
    content = base64.b64decode(address.removeprefix("data:image/png;base64,"))
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


def test_a_word_of_texture_is_drawn_bit_by_bit():
    centre = np.random.default_rng(1).bytes(32)
    drawn = picture(bits(centre))[:, :, 0] == 0
    assert np.array_equal(drawn.reshape(-1), np.unpackbits(np.frombuffer(centre, np.uint8)) == 1)


def test_a_word_of_colour_is_drawn_in_the_colours_that_opencv_packed():
    inside = np.random.default_rng(2).integers(30, 226, (3, 3, 3), np.uint8)
    lab = cv2.cvtColor(inside, cv2.COLOR_RGB2Lab)
    drawn = picture(colours(lab.tobytes() + bytes(5)))
    assert np.abs(drawn.astype(int) - inside.astype(int)).max() <= 6  # of 8-bit Lab


def test_black_and_white_are_black_and_white():
    assert rgb(0, 128, 128) == (0, 0, 0)
    assert min(rgb(255, 128, 128)) >= 254


def test_a_word_speaks_for_the_label_where_it_stands_more_often_than_elsewhere(model):
    table = model.lake.find(*model.plan.recipe.bovw.id).read("bovw").to_pandas().set_index("label")
    shares = table.div(table.sum(axis=1), axis=0)
    times = shares / shares.mean()
    for word in words(model, "orb")[1:]:
        column = times.iloc[:, word.number]
        assert word.speaks[0].label == column.idxmax()
        assert word.speaks[0].times == pytest.approx(column.max())


def test_a_word_that_occurs_nowhere_is_called_dead_and_speaks_for_nothing(model):
    assert words(model, "orb")[0].speaks == []
    assert ">dead<" in page(model, "orb", "rarest", 1)


@pytest.mark.parametrize("order", ORDERS)
def test_the_wall_has_every_word_in_any_order(model, order):
    wall = page(model, "orb", order, 1)
    assert {int(number) for number in re.findall(r'alt="Word (\d+)', wall)} == set(range(K))


def test_a_word_is_shown_as_the_patch_of_a_photograph_that_is_nearest_to_it(model):
    made = model.lake.find("vocabulary", model.model.vocabulary)
    nearest = made.read("exemplars").to_pylist()[0]
    wall = page(model, "orb", "number", 1)
    assert base64.b64encode(nearest["picture"]).decode() in wall
    assert f'alt="Word 1, as in {nearest["label"]}"' in wall
    alone = word_page(model, 1)
    assert f'href="../photo/{nearest["photo"]}"' in alone
    assert f"{nearest['distance']} bits away" in alone


def test_words_of_an_earlier_release_are_shown_by_their_bits_and_say_how_to_see_patches(
    model, tmp_path
):
    root = shutil.copytree(model.lake.storage.root, tmp_path / "earlier")
    earlier = shown(Lake(Folder(str(root))))
    made = earlier.lake.find("vocabulary", earlier.model.vocabulary)
    without = {name: of for name, of in made.manifest.tables.items() if name != "exemplars"}
    key = f"vocabulary/{earlier.model.vocabulary}/manifest.json"
    earlier.lake.storage.write(key, replace(made.manifest, tables=without).to_json())
    wall = page(earlier, "orb", "number", 1)
    assert "trigger fruit_features with vocabulary = fit to see them" in wall
    assert words(earlier, "orb")[1].picture in wall
    assert "fitted before patches were kept" in word_page(earlier, 1)


def test_the_wall_says_how_the_fit_went_or_that_nobody_tells(model):
    assert "does not tell its costs" in page(model, "colour", "usage", 1)
    assert "Start 1: 5 costs" in page(model, "orb", "usage", 1)


@pytest.mark.parametrize("asked", [("orb", "beauty"), ("smell", "usage")])
def test_words_that_there_are_not_are_refused_with_those_that_there_are(model, asked):
    with pytest.raises(NothingToShowError):
        page(model, *asked, 1)


def test_a_word_shows_all_labels_and_there_is_no_word_beyond_the_last(model):
    assert all(label in word_page(model, 3) for label in LABELS)
    with pytest.raises(NothingToShowError, match=f"words 0 to {K - 1}"):
        word_page(model, K)
