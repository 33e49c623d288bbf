"""What was set aside: as a picture where that is safe, else by its reason alone."""

import io

import pyarrow as pa
import pytest
from PIL import Image

from tests.dags.airflow_app import client, login
from tests.lakes import grow, photographs
from tests.photographs import jpeg, packed, pixels
from tests.unit.serving.test_bounds import bomb
from verger.lake.draft import Metrics
from verger.lake.store import Lake
from verger.objects.folder import Folder
from verger.tables import schemas
from verger_pages.set_aside import drawn, id_of
from verger_pages.shown import NothingToShowError, shown

WHOLE = jpeg(1, side=400)
FILES = {
    "cut/short.jpg": (WHOLE[: len(WHOLE) // 2], "truncated"),
    "wide.png": (bomb(20_000, 20_000), "too_large"),
    "page.jpg": (b"<svg><script>alert(1)</script></svg>", "not_an_image"),
    "scripted.jpg": (WHOLE + b"<script>alert(1)</script>", "no_label"),
    "text.jpg": (b"all work and no play", "damaged"),
    "gone.jpg": (None, "truncated"),
}


@pytest.fixture(scope="module")
def see(tmp_path_factory):
    """What a viewer sees of a lake whose files were set aside for all kinds of reasons."""
    root = tmp_path_factory.mktemp("aside")
    images = photographs(root / "in", {"Apple": 5})
    lake = Lake(Folder(str(root / "lake")))
    grow(lake, str(images), list(Folder(str(images)).list()), "run")
    plan = shown(lake).plan
    draft = lake.draft(plan.recipe.images(plan.segments[0].id))
    draft.write("images", schemas.IMAGES.empty_table())
    rows = []
    for path, (content, reason) in FILES.items():
        rows.append({"path": path, "label": "Apple", "reason": reason, "detail": None})
        if content is not None:
            (images / path).parent.mkdir(exist_ok=True)
            (images / path).write_bytes(content)
    draft.write("quarantine", pa.Table.from_pylist(rows, schema=schemas.QUARANTINE))
    draft.commit(Metrics({}))
    airflow, cookie = client(str(root / "lake")), login("vera")
    return lambda address: airflow.get(f"/verger/{address}", headers=cookie)


def test_a_file_that_is_a_picture_is_shown_beside_its_reason_and_others_are_not(see):
    page = see("quarantine").text
    for path, (_, reason) in FILES.items():
        assert (f"set-aside/{id_of(path)}" in page) == (reason != "not_an_image"), path


@pytest.mark.parametrize("path", ["cut/short.jpg", "scripted.jpg"])
def test_what_is_shown_is_drawn_anew_and_small(see, path):
    told = see(f"set-aside/{id_of(path)}")
    assert (told.status_code, told.headers["content-type"]) == (200, "image/jpeg")
    assert told.headers["x-content-type-options"] == "nosniff"
    assert b"script" not in told.content
    assert max(Image.open(io.BytesIO(told.content)).size) == 160


@pytest.mark.parametrize("path", ["wide.png", "page.jpg", "text.jpg", "gone.jpg"])
def test_what_cannot_be_shown_safely_is_not(see, path):
    assert see(f"set-aside/{id_of(path)}").status_code == 404


@pytest.mark.parametrize("odd", ["..%2f..%2fetc%2fpasswd", "0" * 32, "Apple%2f1.jpg"])
def test_no_other_file_has_an_address_there(see, odd):
    assert see(f"set-aside/{odd}").status_code == 404


def test_where_and_by_which_camera_a_photograph_was_taken_is_left_out():
    image = Image.fromarray(pixels(2, side=300))
    told = image.getexif()
    told[0x010F] = "a camera that must not be told"
    content = packed(image, "JPEG", exif=told, comment=b"nor this")
    assert b"camera" in content
    assert b"camera" not in drawn(content).content
    assert b"nor this" not in drawn(content).content


@pytest.mark.parametrize("kind", ["GIF", "TIFF", "ICO"])
def test_formats_that_no_browser_needs_are_not_decoded(kind):
    with pytest.raises(NothingToShowError):
        drawn(packed(Image.fromarray(pixels(2)), kind))
