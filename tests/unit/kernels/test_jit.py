"""Compiled kernels are kept on disk, and what is damaged there is compiled again."""

import subprocess
import sys

import pytest

MODULE = """
import numpy as np
from verger.kernels.jit import compiled

@compiled
def total(numbers):
    found = 0
    for number in numbers:
        found += number
    return found

print(total(np.arange(10)), sum(total._cache_hits.values()))
"""


@pytest.fixture
def run(tmp_path):
    """Run the kernel in a process of its own; what it said, and where its code is kept."""
    (tmp_path / "kernel.py").write_text(MODULE)

    def start():
        done = subprocess.run(
            [sys.executable, tmp_path / "kernel.py"], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.split()

    return start


def test_a_kernel_is_compiled_once(run):
    assert run() == ["45", "0"]
    assert run() == ["45", "1"]


@pytest.mark.parametrize("ending", [".nbi", ".nbc"])
@pytest.mark.parametrize("content", [b"", b"no pickle"], ids=["empty", "damaged"])
def test_a_damaged_file_is_compiled_again_and_mended(run, tmp_path, ending, content):
    run()
    (kept,) = (tmp_path / "__pycache__").glob(f"*{ending}")
    kept.write_bytes(content)
    assert run() == ["45", "0"]
    assert run() == ["45", "1"]
