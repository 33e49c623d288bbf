"""Publishing code: what a run has started with stays; what is current changes last."""

import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

from infra.package import package
from infra.publish import pack, publish
from verger.contract import Release


def test_the_package_is_the_same_bytes_each_time_and_holds_the_library():
    assert pack() == pack()
    names = zipfile.ZipFile(BytesIO(pack())).namelist()
    assert "verger/cli/main.py" in names
    assert "verger/stages/reduce_pca.py" in names
    assert "verger/catalogue/facts.csv" in names


def test_a_release_names_files_that_are_there(tmp_path):
    release = publish(str(tmp_path), wheels=False)
    for address in (release.package, release.script):
        assert Path(address).stat().st_size > 0
    assert Release.from_json((tmp_path / "current.json").read_bytes()) == release


def test_publishing_the_same_code_again_changes_nothing(tmp_path):
    assert publish(str(tmp_path), wheels=False) == publish(str(tmp_path), wheels=False)


def test_a_packed_plugin_needs_nothing_but_its_zip(tmp_path):
    package(tmp_path)
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'plugins.zip')!r})\n"
        "sys.path = [p for p in sys.path if 'zip' in p or 'lib' in p]\n"
        "import verger_emr.steps, verger.contract; print(verger.contract.__file__)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "plugins.zip" in said.stdout
    assert (tmp_path / "dags" / "fruit_features.py").exists()
