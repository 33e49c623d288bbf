"""make serve: the service of the last run's model; a run first where there is none."""

from __future__ import annotations

import shutil
from dataclasses import replace

from local_cloud import serve
from local_cloud.stack import LAKE, LANDING
from tests.plans import published_model
from verger.cli.flags import parser
from verger.lake.registry import Published
from verger.objects.addresses import open_storage


def published(lake, **changes) -> None:
    model = replace(published_model(), **changes)
    Published.change(open_storage(str(lake)), "fruits", lambda now: now.promoted(model, by="r"))


def test_a_model_that_cannot_answer_is_none(tmp_path):
    assert not serve.is_published(tmp_path, "fruits")
    published(tmp_path)  # from before there were bundles
    assert not serve.is_published(tmp_path, "fruits")
    shutil.rmtree(tmp_path / "models")
    published(tmp_path, bundle="0" * 64)
    assert serve.is_published(tmp_path, "fruits")


def test_the_service_is_asked_for_with_flags_that_it_knows(tmp_path):
    options = serve._parser().parse_args(["--lake", str(tmp_path), "--port", "8123"])
    told = parser().parse_args(serve.arguments(options, tmp_path))
    assert told.lake == str(tmp_path / LAKE)
    assert (told.port, told.host) == (8123, "127.0.0.1")
    assert told.feedback == str(tmp_path / LANDING)
