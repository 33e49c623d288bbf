"""What a Python worker of Spark need not do again for every task."""

import gc
import importlib
import sys
import zipfile
import zipimport

import pytest

from verger.spark.workers import keep_archives, keep_modules


@pytest.fixture
def collector():
    """Nothing is set aside when a test begins, or after it."""
    gc.unfreeze()
    yield
    gc.unfreeze()


def test_an_archive_on_the_path_is_read_once_and_still_imported_from(tmp_path, monkeypatch):
    archive = tmp_path / "fruit.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("a_pear.py", "ripe = True")
        packed.writestr("a_plum.py", "ripe = False")
    monkeypatch.syspath_prepend(str(archive))
    read = []
    really = zipimport._read_directory
    monkeypatch.setattr(
        zipimport, "_read_directory", lambda path: read.append(path) or really(path)
    )
    assert importlib.import_module("a_pear").ripe
    importlib.invalidate_caches()
    assert read.count(str(archive)) > 0, "Python no longer reads it again: drop keep_archives"
    keep_archives()
    read.clear()
    importlib.invalidate_caches()
    assert str(archive) not in read
    assert not importlib.import_module("a_plum").ripe
    for name in ("a_pear", "a_plum"):
        del sys.modules[name]


@pytest.mark.usefixtures("collector")
def test_what_was_imported_is_set_aside_and_what_a_task_makes_is_not(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "a_quince.py").write_text("class Quince: pass")
    quince = importlib.import_module("a_quince")
    keep_modules()
    assert not _is_searched(quince.Quince)
    made_by_a_task = [quince]
    keep_modules()
    assert _is_searched(made_by_a_task)
    del sys.modules["a_quince"]


def _is_searched(thing):
    """Whether the garbage collector looks at it."""
    return any(thing is other for other in gc.get_objects())
