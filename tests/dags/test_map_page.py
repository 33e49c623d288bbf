"""The map: every photograph on the components, as the browser gets it."""

import struct

import pytest

from tests.dags.airflow_app import client, login
from tests.lake_features import COMPONENTS
from tests.lakes import grow, listed
from verger.lake.store import Lake
from verger.objects.folder import Folder
from verger.planning.plan import read_plan
from verger_pages.photographs import answers
from verger_pages.shown import shown

LABELS = {f"Apple {chr(65 + i // 26)}{chr(97 + i % 26)} {i}": 687 for i in range(131)}
N = sum(LABELS.values())  # 89,997


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    """A lake of 131 labels and about 90,000 photographs."""
    made = Lake(Folder(str(tmp_path_factory.mktemp("large"))))
    grow(made, "s3://elsewhere/in", listed(LABELS), "large")
    return made


@pytest.fixture(scope="module")
def see(lake):
    """What a viewer sees under an address below /verger."""
    airflow, cookie = client(lake.storage.root), login("vera")
    return lambda address, **more: airflow.get(f"/verger/{address}", headers={**cookie, **more})


def projected(lake):
    """The rows of the checkpoint that the map shows."""
    plan = read_plan(lake.storage, "large")
    (segment,) = plan.segments
    address = plan.recipe.projections(segment.id)
    return lake.find(*address.id).read_parts("projections")


def test_no_photograph_is_left_out_and_each_is_where_the_components_put_it(see, lake):
    rows = projected(lake)
    content = see("map/points?x=2&y=5").content
    assert len(rows) == N
    assert len(content) == 8 * N
    for at, component in ((0, 2), (1, 5)):
        told = struct.unpack(f"<{N}f", content[4 * at * N : 4 * (at + 1) * N])
        wanted = [row.as_py()[component] for row in rows.column("features")[:50]]
        assert told[:50] == pytest.approx(wanted, rel=1e-6)


def test_label_rightness_and_identity_stand_beside_each_point(see, lake):
    rows, content = projected(lake), see("map/who").content
    about = see("map/about").json()
    labels = struct.unpack(f"<{N}H", content[: 2 * N])
    assert [about["labels"][i] for i in labels] == rows.column("label").to_pylist()
    assert content[5 * N :].hex() == "".join(rows.column("photo").to_pylist())
    right = {
        row["photo"]: 1 if row["label"] == row["answer"] else 2
        for row in answers(shown(lake)).to_pylist()
    }
    assert list(content[4 * N : 5 * N]) == [right[p.as_py()] for p in rows.column("photo")]


def test_a_component_that_there_is_not_is_refused(see):
    assert see(f"map/points?x={COMPONENTS}&y=0").status_code == 404
    assert see("map/points?x=-1").status_code == 422
    assert see("map/nothing").status_code == 404


def test_points_are_sent_once(see):
    etag = see("map/points").headers["etag"]
    assert see("map/points", **{"If-None-Match": etag}).status_code == 304
    assert see("map/points?x=1&y=0", **{"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize(
    "address", ["orchard", "quality", "map", "photographs?judged=no&page=1500"]
)
def test_pages_of_a_large_collection_stay_small(see, address):
    page = see(address)
    assert page.status_code == 200
    assert len(page.content) < 2_000_000
