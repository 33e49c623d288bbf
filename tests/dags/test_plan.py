"""Plan, estimate and delivery: what is decided before any money is spent."""

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.plans import planned
from verger.contract import STAGES
from verger.lake.checkpoint import Lake
from verger.objects.storage import StoredObject
from verger.planning.plan import UnusedSetting
from verger_emr.plan import as_table
from verger_pages.run_page import render
from verger_runs.delivery import Delivery
from verger_runs.deployment import Deployment, DeploymentError
from verger_runs.estimate import estimate
from verger_runs.request import Request, RequestError

REQUEST = Request("spring", "fruits", 500, 50, core_nodes=2, task_nodes=0)
DEPLOYMENT = Deployment("s3://in", "s3://lake", "s3://code", "s3://logs")
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def photograph(key: str, minutes: float) -> StoredObject:
    """One that arrived so many minutes before noon."""
    return StoredObject(key, 1, "etag", NOON - timedelta(minutes=minutes))


class TestDelivery:
    def test_a_delivery_is_complete_once_nothing_has_come_for_a_while(self):
        listing = [photograph("Apple/1.jpg", 30), photograph("Apple/2.jpg", 0.5)]
        assert Delivery("60").seconds_left(listing, NOON) == 30
        assert Delivery("20").seconds_left(listing, NOON) == 0

    def test_an_empty_place_is_quiet(self):
        assert Delivery("60").seconds_left([], NOON) == 0

    def test_a_marker_covers_the_folders_below_it(self):
        listing = [
            photograph("spring/_READY", 1),
            photograph("spring/Apple/1.jpg", 5),
            photograph("summer/Apple/2.jpg", 5),
        ]
        covered = [item.key for item in Delivery("_READY").complete(listing)]
        assert covered == ["spring/Apple/1.jpg"]

    def test_a_marker_does_not_cover_what_came_after_it(self):
        listing = [photograph("_READY", 5), photograph("Apple/1.jpg", 1)]
        assert Delivery("_READY").complete(listing) == []

    def test_without_markers_all_photographs_count_and_nothing_else(self):
        listing = [photograph("Apple/1.jpg", 1), photograph("Apple/notes.txt", 1)]
        assert [item.key for item in Delivery("60").complete(listing)] == ["Apple/1.jpg"]

    def test_a_setting_that_is_neither_is_refused(self):
        names = ("landing", "lake", "code", "logs")
        variables = {f"verger_{name}": "s3://a" for name in names}
        with pytest.raises(DeploymentError, match="use a number of seconds, or _READY"):
            Deployment.read({**variables, "verger_delivery": "soon"}.get)


@pytest.mark.parametrize("ceiling", ["nan", "inf", -1])
def test_a_ceiling_that_is_no_number_of_dollars_is_refused(ceiling):
    params = {**asdict(REQUEST), "most_dollars": ceiling}
    with pytest.raises(RequestError, match=r"most_dollars .*: use 0 .any. or more"):
        Request.read(params)


def test_the_table_in_the_log_tells_labels_stages_and_money(tmp_path):
    expected = estimate(planned(), STAGES[3:], REQUEST, DEPLOYMENT, Lake.at(str(tmp_path)))
    table = as_table(planned(), list(STAGES[3:]), expected)
    assert "Apple                          40" in table
    assert "import_images              reused" in table
    assert f"${expected.dollars:.2f} (prices of {expected.prices_as_of}" in table


def test_the_table_in_the_log_tells_which_settings_are_not_used_and_why(tmp_path):
    expected = estimate(planned(), [], REQUEST, DEPLOYMENT, Lake.at(str(tmp_path)))
    plan = replace(planned(), unused=(UnusedSetting("k", "300", "1000"),))
    assert "not used: k = 300, as the published model has 1000" in as_table(plan, [], expected)


def test_the_page_of_a_run_shows_names_as_they_are_and_runs_none_of_them():
    plan = {
        "photographs": 40,
        "images": "s3://in/<script>",
        "changes": {"<b>Apple": {"new": 40, "changed": 0, "deleted": 0, "size": 1}},
        "to_do": [],
        "model": None,
        "seconds": {},
        "node_hours": 0.0,
        "dollars": 0.0,
        "prices_as_of": "2026-11",
        "measured_runs": 0,
    }
    body = render(plan, None)
    assert "&lt;b&gt;Apple" in body
    assert "<script>" not in body
