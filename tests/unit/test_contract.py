"""What both sides agree on."""

import pytest

from verger.contract import Release, failure_line, find_failure, run_folder


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
