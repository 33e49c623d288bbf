"""What both sides agree on, and what is refused before any work."""

import pytest

from verger import cli
from verger.contract import (
    STAGES,
    Release,
    StageRecord,
    failure_line,
    find_failure,
    run_folder,
    summarise,
)
from verger.errors import SettingsError
from verger.settings import ImportSettings, PcaSettings, VocabularySettings, check_pair, preset


def records() -> list[StageRecord]:
    metrics = {
        "import_images": {"images": 5, "quarantined": 1, "labels": 2},
        "extract_descriptors": {"descriptors": 50, "images_without_descriptors": 0},
        "build_vocabulary": {"k": 8},
        "pivot_histograms": {},
        "reduce_pca": {"pca_k": 4},
    }
    tables = ("images", "descriptors", "vocabulary", "histograms", "projections")
    return [
        StageRecord(
            stage,
            "f",
            stage == "import_images",
            1.234,
            {table: f"s3://lake/{stage}/{table}", "features_pca.csv": f"s3://lake/{stage}.csv"},
            metrics[stage],
        )
        for stage, table in zip(STAGES, tables, strict=True)
    ]


def test_the_summary_says_what_the_run_did():
    summary = summarise("r1", records())
    assert summary["images"] == 5
    assert summary["reused"] == ["import_images"]
    assert summary["seconds"]["reduce_pca"] == 1.23
    assert summary["checkpoints"]["build_vocabulary"] == "s3://lake/build_vocabulary/vocabulary"
    assert summary["features_csv"] == "s3://lake/reduce_pca.csv"


def test_a_run_that_lacks_a_stage_has_no_summary():
    with pytest.raises(ValueError, match="reduce_pca"):
        summarise("r1", records()[:-1])


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
    release = Release("s3://c/verger.zip", {"import_images": "s3://c/i.py"}, None, None)
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
        lambda: check_pair(k=10, pca_k=11),
        lambda: preset("vegetables"),
    ],
)
def test_settings_out_of_range_are_refused_with_what_to_use(make):
    with pytest.raises(SettingsError, match=r"use |choose "):
        make()


@pytest.mark.parametrize("command", ["pipeline", *STAGES])
def test_every_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main([command, "--help"])
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
    assert cli.main(["import_images", "--lake", str(tmp_path), *arguments]) == 1
    assert told in caplog.messages[-1]
    assert find_failure("import_images", caplog.messages[-1])


def test_a_stage_before_its_turn_says_what_to_run_first(tmp_path, caplog):
    assert cli.main(["pivot_histograms", "--lake", str(tmp_path), "--run", "r"]) == 1
    assert "run it first" in caplog.messages[-1]
