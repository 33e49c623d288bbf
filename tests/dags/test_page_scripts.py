"""The scripts of the pages: what needs no browser, by Node's own test runner."""

import re
import shutil
import subprocess

import pytest

from tests.places import REPOSITORY
from verger.serving.pages import PAGE
from verger_pages.drawn_routes import STATIC

SCRIPTS = REPOSITORY / "tests" / "scripts"


@pytest.mark.skipif(
    not shutil.which("node"), reason="there is no Node.js to run the scripts' tests"
)
def test_the_scripts_do_what_their_own_tests_say():
    files = sorted(map(str, SCRIPTS.glob("*.test.mjs")))
    done = subprocess.run(["node", "--test", *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "# fail 0" in done.stdout
    assert "# tests 0" not in done.stdout


def test_no_script_is_built_or_takes_anything_from_elsewhere():
    scripts = [*STATIC.glob("*.js"), *PAGE.glob("*.js")]
    assert len(scripts) > 10
    for script in scripts:
        taken = re.findall(r"""(?:from|import)\s*\(?["']([^"']+)["']""", script.read_text())
        for other in taken:
            assert (script.parent / other).is_file(), f"{script.name} imports {other}"
            assert other.startswith("./")
