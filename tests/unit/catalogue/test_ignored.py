"""Every file below the photographs' address is taken for a photograph, or counted with a reason."""

import os

from hypothesis import given
from hypothesis import strategies as st

from tests.photographs import jpeg
from verger.catalogue.ignored import count_ignored, out_of_sight, why_ignored
from verger.catalogue.store import CatalogueStore
from verger.config.settings import FRUITS
from verger.lake.store import Lake
from verger.objects.folder import Folder
from verger.objects.storage import StoredObject
from verger.planning.planner import RunRequest, make_plan

NAMES = ["1.jpg", "2.JPEG", "3.jfif", "4.heic", "5.gif", "6.txt", "7", ".hidden", "8.zip", "9.tif"]


def plan(folder, lake, run_id="r"):
    request = RunRequest(run_id, str(folder), FRUITS)
    return make_plan(request, Lake.at(str(lake)), Folder(str(folder)).list(), "5.0")


def test_reasons_tell_the_ending_or_the_problem():
    assert why_ignored(StoredObject("Apple/a.GIF", 1, "")) == "no photograph (.gif)"
    assert why_ignored(StoredObject("Apple/README", 1, "")) == "no photograph (no extension)"
    assert why_ignored(StoredObject("Apple/a.jpg", 0, "", problem="a pipe")) == "a pipe"
    assert why_ignored(StoredObject("Apple/a.jfif", 1, "")) is None


@given(st.lists(st.tuples(st.sampled_from(["", "Apple/", "a//"]), st.sampled_from(NAMES))))
def test_photographs_and_ignored_files_add_up_to_all_files(keys):
    listing = [StoredObject(f"{number}/{a}{b}", 1, "") for number, (a, b) in enumerate(keys)]
    photographs = [item for item in listing if why_ignored(item) is None]
    assert len(photographs) + sum(count_ignored(listing).values()) == len(listing)


def test_the_plan_counts_what_is_ignored(tmp_path):
    for name in NAMES:
        path = tmp_path / "in" / "Apple" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(jpeg(1))
    os.mkfifo(tmp_path / "in" / "Apple" / "pipe.png")
    made = plan(tmp_path / "in", tmp_path / "lake")
    assert made.photographs == 5
    assert sum(made.ignored.values()) == 6
    assert made.ignored["no photograph (.gif)"] == 1


def test_what_cannot_be_read_now_stays_in_the_collection(tmp_path):
    for label in ("Apple", "Kiwi"):
        (tmp_path / "in" / label).mkdir(parents=True)
        (tmp_path / "in" / label / "1.jpg").write_bytes(jpeg(1))
    lake = Lake.at(str(tmp_path / "lake"))
    first = plan(tmp_path / "in", tmp_path / "lake")
    CatalogueStore(lake.storage, first.images).make_latest(first.catalogue, first.base, by="r")
    listing = [
        StoredObject("Apple/", 0, "", problem="a folder that may not be read"),
        *(item for item in Folder(str(tmp_path / "in")).list() if item.key.startswith("Kiwi")),
    ]
    request = RunRequest("again", str(tmp_path / "in"), FRUITS)
    again = make_plan(request, lake, listing, "5.0")
    assert again.photographs == 2
    assert again.total.deleted == 0
    assert again.ignored == {"a folder that may not be read": 1}


def test_nothing_is_out_of_sight_where_everything_can_be_read():
    assert out_of_sight(["Apple/1.jpg"], [StoredObject("Apple/1.jpg", 1, "x")]) == set()
