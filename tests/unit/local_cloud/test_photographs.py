"""Before a local run copies anything: is there something to copy, and room for it?"""

from pathlib import Path
from urllib.parse import unquote

import pytest

from local_cloud import photographs
from local_cloud.errors import LocalCloudError
from local_cloud.photographs import deliver
from local_cloud.stack import Stack
from tests.photographs import orchard


@pytest.fixture
def stack(tmp_path):
    return Stack(tmp_path / "lake", tmp_path / "work")


def test_a_delivery_lies_in_the_landing_bucket_under_its_folders_name(stack, tmp_path):
    delivery = deliver(orchard(tmp_path / "spring", {"Apple": 2}), stack)
    landed = stack.objects / "verger-landing" / "spring"
    assert delivery.prefix == "spring"
    assert delivery.told == ("2 files to s3://verger-landing/spring",)
    assert len(list(landed.rglob("*.jpg"))) == 2


def test_a_disk_without_room_is_named_before_anything_is_copied(stack, tmp_path, monkeypatch):
    monkeypatch.setattr(photographs, "NEEDED_BYTES", 1 << 62)
    with pytest.raises(LocalCloudError, match=r"MB free.*LAKE=FOLDER"):
        deliver(orchard(tmp_path / "spring", {"Apple": 1}), stack)
    assert list(stack.objects.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(stack, tmp_path):
    with pytest.raises(LocalCloudError, match="put photographs there"):
        deliver(tmp_path / "nowhere", stack)


def test_what_stays_behind_is_told_with_names_and_reasons(stack, tmp_path):
    images = orchard(tmp_path / "spring", {"Apple": 2})
    for number in range(12):
        (images / f"{number:02}.jpg").symlink_to("nowhere")
    told = deliver(images, stack).told
    assert told[1] == "12 stay behind:"
    assert "00.jpg: " in told[2]
    assert told[-1].strip() == "and 2 more"


def test_nothing_is_copied_or_removed_where_there_are_no_photographs(stack, tmp_path):
    deliver(orchard(tmp_path / "spring", {"Apple": 2}), stack)
    other = tmp_path / "other" / "spring"
    other.mkdir(parents=True)
    (other / "words.txt").write_text("no photograph")
    with pytest.raises(LocalCloudError, match="no photographs below"):
        deliver(other, stack)
    landed = stack.objects / "verger-landing" / "spring"
    assert len(list(landed.rglob("*.jpg"))) == 2


@pytest.mark.parametrize("name", ["fruits:2026", "a [1]", 'l\'été "2"', "50% #1", "~", "a?*"])
def test_a_folder_may_have_any_name_and_its_prefix_is_one_that_a_run_takes(
    stack, tmp_path, name, monkeypatch
):
    orchard(tmp_path / name, {"Apple": 2})
    monkeypatch.chdir(tmp_path)
    prefix = deliver(Path(name), stack).prefix
    landed = stack.objects / "verger-landing" / prefix
    assert len([path for path in landed.rglob("*") if path.is_file()]) == 2
    assert not set(prefix) & set("*?[]")
    assert unquote(prefix) == unquote(name)
