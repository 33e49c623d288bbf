"""Before a local run copies anything: is there something to copy, and room for it?"""

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
    prefix = deliver(orchard(tmp_path / "spring", {"Apple": 2}), stack)
    landed = stack.objects / "verger-landing" / prefix
    assert prefix == "spring"
    assert len(list(landed.rglob("*.jpg"))) == 2


def test_a_disk_without_room_is_named_before_anything_is_copied(stack, tmp_path, monkeypatch):
    monkeypatch.setattr(photographs, "NEEDED_BYTES", 1 << 62)
    with pytest.raises(LocalCloudError, match=r"MB free.*LAKE=FOLDER"):
        deliver(orchard(tmp_path / "spring", {"Apple": 1}), stack)
    assert list(stack.objects.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(stack, tmp_path):
    with pytest.raises(LocalCloudError, match="set IMAGES to a folder"):
        deliver(tmp_path / "nowhere", stack)
