"""The simulation of large collections estimates as runs do, and its slopes are positive."""

from benchmarks.scale.clusters import first_run
from benchmarks.scale.planning import listing
from verger.contract import STAGES


def test_a_thousand_times_the_photographs_take_longer_and_cost_more() -> None:
    few, many = (first_run(photographs, 2, "eu-west-3") for photographs in (10**6, 10**9))
    assert set(few.estimated.seconds) == set(STAGES)
    assert many.hours > 100 * few.hours
    assert many.estimated.s3_dollars > 900 * few.estimated.s3_dollars


def test_more_nodes_take_less_time() -> None:
    slow, fast = (first_run(10**7, nodes, "eu-west-3") for nodes in (2, 20))
    assert fast.hours < slow.hours / 4


def test_the_listing_has_as_many_different_photographs_as_it_says() -> None:
    listed = list(listing(1000))
    assert len({item.key for item in listed}) == len({item.etag for item in listed}) == 1000
