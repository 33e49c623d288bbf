"""Which photographs a run may take: by the age of each, or by a marker."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verger.objects.storage import StoredObject
from verger_runs.delivery import Delivery
from verger_runs.deployment import Deployment, DeploymentError

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def stored(key, seconds_ago):
    return StoredObject(key, 1, "etag", NOW - timedelta(seconds=seconds_ago))


def taken(setting, *listing):
    """The keys of what is complete."""
    return [item.key for item in Delivery(setting).complete(listing, NOW)]


def test_each_photograph_counts_once_it_is_old_enough():
    listing = [stored("Fig/1.jpg", 61), stored("Fig/2.jpg", 60), stored("Fig/3.jpg", 59)]
    assert taken("60", *listing) == ["Fig/1.jpg", "Fig/2.jpg"]


def test_one_photograph_every_50_seconds_is_taken_though_60_must_pass():
    arrivals = [stored(f"Fig/{number}.jpg", 50 * number) for number in range(10)]
    assert len(Delivery("60").complete(arrivals, NOW)) == 8
    ends = Delivery("60").newest_counts_at(arrivals, NOW)
    assert ends == NOW + timedelta(seconds=60)


@given(st.lists(st.integers(-100, 1000)), st.integers(0, 300))
def test_everything_that_was_there_counts_when_the_wait_for_the_newest_ends(ages, seconds):
    listing = [stored(f"Fig/{number}.jpg", age) for number, age in enumerate(ages)]
    delivery = Delivery(str(seconds))
    ends = delivery.newest_counts_at(listing, NOW)
    if not ages:
        assert ends is None
        return
    assert ends <= NOW + timedelta(seconds=100 + seconds)  # a clock that is ahead of ours
    assert len(delivery.complete(listing, max(ends, NOW))) == len(ages)


@pytest.mark.parametrize("setting", ["0", "60"])
def test_what_a_clock_set_back_has_put_into_the_future_is_taken_all_the_same(setting):
    listing = [stored("Fig/1.jpg", -3600), stored("Fig/2.jpg", 300)]
    assert taken(setting, *listing) == ["Fig/1.jpg", "Fig/2.jpg"]
    assert Delivery(setting).newest_counts_at(listing, NOW) == NOW


def test_what_is_no_photograph_never_counts():
    assert taken("60", stored("Fig/1.jpg", 61), stored("Fig/notes.txt", 61)) == ["Fig/1.jpg"]


def test_a_marker_covers_the_folders_below_it():
    listing = [
        stored("spring/_READY", 60),
        stored("spring/Fig/1.jpg", 300),
        stored("summer/Fig/2.jpg", 300),
    ]
    assert taken("_READY", *listing) == ["spring/Fig/1.jpg"]


def test_a_marker_does_not_cover_what_came_after_it():
    assert taken("_READY", stored("_READY", 300), stored("Fig/1.jpg", 60)) == []


def test_a_setting_that_is_neither_is_refused():
    names = ("landing", "lake", "code", "logs")
    variables = {f"verger_{name}": "s3://a" for name in names}
    with pytest.raises(DeploymentError, match="use a number of seconds, or _READY"):
        Deployment.read({**variables, "verger_delivery": "soon"}.get)
