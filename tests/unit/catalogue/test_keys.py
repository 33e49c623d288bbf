"""What a key says about its photograph."""

import unicodedata

import pytest

from verger.catalogue import collection
from verger.catalogue.keys import identity_of, is_photograph
from verger.objects.storage import StoredObject


def who(key: str, etag: str = "e"):
    return identity_of(StoredObject(key, 1, etag))


def test_the_label_is_the_last_folder_and_the_name_is_built_as_in_the_notebook():
    assert who("Training/Apricot/0_100.jpg").label == "Apricot"
    assert who("Training/Apricot/0_100.jpg").img_name == "Apricot_0_100.jpg"


@pytest.mark.parametrize(
    "label", ["Apple Red 1", "Açaí", 'l\'orange "x"', "50% ripe", "a#b", "a+b"]
)
def test_odd_labels_survive(label):
    assert who(f"Test/{label}/1.jpg").label == label


@pytest.mark.parametrize(
    ("key", "split"),
    [("Training/A/1.jpg", "Training"), ("x/test/A/1.jpg", "Test"), ("A/1.jpg", None)],
)
def test_the_split_comes_from_a_training_or_test_folder_where_there_is_one(key, split):
    assert who(key).split == split


def test_a_file_without_a_folder_of_its_own_has_no_label():
    assert who("1.jpg").label is None
    assert who("Training/1.jpg").label is None


def test_the_same_accent_typed_on_two_systems_is_one_label():
    decomposed = unicodedata.normalize("NFD", "Training/Açaí/1.jpg")
    assert who(decomposed).label == who("Training/Açaí/1.jpg").label


def test_another_content_under_the_same_key_is_another_photograph():
    assert who("A/1.jpg", "one").photo != who("A/1.jpg", "two").photo


@pytest.mark.parametrize("name", ["a.jpg", "a.JPEG", "a.Png", "a.webp", "a.BMP", "a.tif", "a.TIFF"])
def test_image_files_are_known_in_any_case_of_letters(name):
    assert is_photograph(name)


@pytest.mark.parametrize("name", ["README.md", "jpg", "a.jpg.txt", "a.gif"])
def test_other_files_are_no_photographs(name):
    assert not is_photograph(name)


@pytest.mark.parametrize("key", ["a//b.jpg", "//b.jpg", "Training//b.jpg", "b.jpg", "/b.jpg"])
def test_a_folder_without_a_name_is_no_label_anywhere(key):
    item = StoredObject(key, 1, "e")
    assert identity_of(item).label is None
    assert collection.label_of(key) == collection.NO_LABEL
