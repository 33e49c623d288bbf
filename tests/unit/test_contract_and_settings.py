"""What both sides agree on, and what is refused before any work."""

import json
from dataclasses import asdict, replace

import pytest

from verger.cli.main import main
from verger.config.settings import (
    FRUITS,
    SEED,
    ImportSettings,
    PcaSettings,
    Preset,
    VocabularySettings,
    preset,
)
from verger.contract import (
    STAGES,
    Release,
    failure_line,
    find_failure,
    run_folder,
)
from verger.errors import SettingsError


@pytest.mark.parametrize("run_id", ["../x", "a/b", "", "..", "a b"])
def test_run_ids_that_are_no_folder_name_are_refused(run_id):
    with pytest.raises(ValueError, match="run id"):
        run_folder(run_id)


def test_airflows_own_run_ids_are_accepted():
    assert run_folder("manual__2026-11-24T00:37:45.1+00:00_Ab").startswith("runs/manual__")


def test_a_stages_reason_is_found_in_what_it_said():
    said = f"noise\n12:00:01 {failure_line('reduce_pca', 'bring more')}\nmore noise"
    assert find_failure("reduce_pca", said) == "bring more"
    assert find_failure("import_images", said) is None


def test_a_release_survives_its_file():
    release = Release("s3://c/verger.zip", "s3://c/step.py", None, None, "5.0")
    assert Release.from_json(release.to_json()) == release


@pytest.mark.parametrize(
    "make",
    [
        lambda: VocabularySettings(k=1),
        lambda: VocabularySettings(k=100_000),
        lambda: VocabularySettings(seed=-1),
        lambda: VocabularySettings(max_iterations=0),
        lambda: PcaSettings(k=0),
        lambda: ImportSettings(max_megapixels=0),
        lambda: replace(FRUITS, words=VocabularySettings(k=10)),
        lambda: preset("vegetables"),
    ],
)
def test_settings_out_of_range_are_refused_with_what_to_use(make):
    with pytest.raises(SettingsError, match=r"use |choose "):
        make()


@pytest.mark.parametrize("chosen", [FRUITS, SEED], ids=lambda chosen: chosen.name)
def test_a_preset_survives_its_way_through_json(chosen):
    assert Preset.from_dict(json.loads(json.dumps(asdict(chosen)))) == chosen


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
        (["--images", "nowhere", "--run", "r"], "no photographs below nowhere"),
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
