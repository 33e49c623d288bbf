"""What a Python worker of Spark need not do again for every task."""

import importlib
import sys
import zipfile
import zipimport

from verger.workers import keep_archives


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
