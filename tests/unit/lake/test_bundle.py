"""One file answers photographs, and whoever loads it knows that it is whole."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.plans import published_model
from verger.errors import VergerError
from verger.lake import bundle
from verger.objects.addresses import open_storage

FILES = {"b.json": b"{}", "a.npz": bytes(100)}


def stored(tmp_path, content):
    lake = open_storage(str(tmp_path))
    model = replace(published_model(), bundle=bundle.digest(bundle.pack(FILES)))
    lake.write(bundle.key_of(model.preset, model.bundle), content)
    return lake, model


def test_a_bundle_is_unpacked_as_it_was_packed(tmp_path):
    lake, model = stored(tmp_path, bundle.pack(FILES))
    assert bundle.load(lake, model) == FILES


def test_the_same_files_are_the_same_bundle():
    assert bundle.pack(FILES) == bundle.pack(dict(reversed(FILES.items())))


def test_a_damaged_bundle_is_refused(tmp_path):
    lake, model = stored(tmp_path, bundle.pack(FILES)[:-1] + b"!")
    with pytest.raises(VergerError, match=r"is damaged: publish model \w+ again"):
        bundle.load(lake, model)


def test_a_model_of_before_there_were_bundles_says_what_to_do(tmp_path):
    with pytest.raises(VergerError, match="run and publish again"):
        bundle.load(open_storage(str(tmp_path)), published_model())
