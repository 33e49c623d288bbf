"""The scripts of the pages: what needs no browser, by Node's own test runner."""

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).with_name("scripts")


@pytest.mark.skipif(
    not shutil.which("node"), reason="there is no Node.js to run the scripts' tests"
)
def test_what_the_map_draws_is_what_it_finds():
    files = sorted(map(str, SCRIPTS.glob("*.test.mjs")))
    done = subprocess.run(["node", "--test", *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "# fail 0" in done.stdout
    assert "# tests 0" not in done.stdout
