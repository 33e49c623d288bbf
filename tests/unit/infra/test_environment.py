"""The archive of Python packages that serverless jobs unpack."""

import io
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from infra.environment import INTERPRETER, archive


@pytest.fixture
def packages(tmp_path):
    """A folder of installed packages: one module, and what Python left of it."""
    folder = tmp_path / "packages"
    (folder / "fruit" / "__pycache__").mkdir(parents=True)
    (folder / "fruit" / "__init__.py").write_text("NAME = 'kumquat'")
    (folder / "fruit" / "__pycache__" / "__init__.cpython-311.pyc").write_bytes(b"compiled")
    return folder


def unpacked(content, folder):
    folder.mkdir(parents=True)
    subprocess.run(["tar", "-xzf", "-", "-C", str(folder)], input=content, check=True)
    return folder


def test_its_python_finds_the_packages_wherever_it_is_unpacked(packages, tmp_path):
    base = Path(sys._base_executable).resolve()
    environment = unpacked(archive(packages, str(base)), tmp_path / "job" / "environment")
    said = subprocess.run(
        ["./environment/bin/python", "-c", "import fruit, sys; print(fruit.NAME, sys.prefix)"],
        cwd=environment.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.split() == ["kumquat", str(environment)]


def test_it_points_to_the_interpreter_of_emrs_image(packages, tmp_path):
    environment = unpacked(archive(packages), tmp_path / "environment")
    assert str((environment / "bin" / "python").readlink()) == INTERPRETER == "/usr/bin/python3.11"


def test_the_same_packages_give_the_same_bytes_and_what_python_left_is_not_among_them(
    packages, tmp_path
):
    made = archive(packages)
    (packages / "fruit" / "__init__.py").touch()
    assert archive(packages) == made
    with tarfile.open(fileobj=io.BytesIO(made)) as tar:
        names = tar.getnames()
    assert "lib/python3.11/site-packages/fruit/__init__.py" in names
    assert not [name for name in names if "__pycache__" in name]
