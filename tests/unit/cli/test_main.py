"""The command line: every command explains itself, bad input ends with one line."""

import json
import unicodedata
from importlib.metadata import version

import pytest

from tests.photographs import orchard
from verger.cli.main import main
from verger.contract import STAGES, find_failure

COMMANDS = ["plan", "pipeline", *STAGES, "publish", "rollback", "vacuum"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert "--lake" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--images", "nowhere", "--run", "r"], "nowhere: there is no such folder"),
        (["--images", "x", "--run", "a/b"], "run id"),
    ],
)
def test_bad_input_ends_with_one_line_and_status_1(arguments, told, tmp_path, caplog):
    assert main(["plan", "--lake", str(tmp_path), *arguments]) == 1
    assert told in caplog.messages[-1]
    assert find_failure("plan", caplog.messages[-1])


def test_a_stage_before_its_turn_says_what_to_run_first(tmp_path, caplog):
    assert main(["pivot_histograms", "--lake", str(tmp_path), "--run", "r"]) == 1
    assert "make it first with `verger plan`" in caplog.messages[-1]


def test_a_label_is_found_however_its_accents_are_typed(tmp_path, capsys):
    images, lake = (str(tmp_path / name) for name in ("in", "lake"))
    orchard(tmp_path / "in", {"Açaí": 2, "Kiwi": 2})
    typed = unicodedata.normalize("NFD", "Açaí")
    assert main(["plan", "--images", images, "--lake", lake, "--run", "r", "--label", typed]) == 0
    planned = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert planned["photographs"] == 2


def test_the_version_is_that_of_the_installed_package(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"verger {version('verger')}\n"
