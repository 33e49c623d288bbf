"""What things cost, and where."""

import json

import pytest

from tests.dags.test_estimate import DEPLOYMENT, REQUEST, lake
from tests.plans import planned
from verger.contract import STAGES
from verger_runs.estimate import estimate
from verger_runs.prices import FILE, NoPriceError, Prices

assert lake  # a fixture of the estimates' tests


@pytest.mark.parametrize("region", json.loads(FILE.read_text())["regions"])
def test_every_region_of_the_file_prices_the_machines_that_are_the_default(region):
    prices = Prices.of(region)
    for kind, vcpus in ((DEPLOYMENT.primary_type, 4), (DEPLOYMENT.core_type, 8)):
        on_demand = prices.node_hour(kind, vcpus)
        assert on_demand > prices.ec2_hour[kind] + prices.emr_hour[kind]
        assert on_demand > prices.node_hour(kind, vcpus, spot=True)


def test_paris_costs_more_than_virginia(lake):
    def dollars(region):
        return estimate(
            planned(new=1_000_000), STAGES, REQUEST, DEPLOYMENT, lake, Prices.of(region), 15
        ).dollars

    assert dollars("eu-west-3") > 1.05 * dollars("us-east-1")


def test_a_region_without_prices_is_refused_with_the_command_that_writes_them():
    with pytest.raises(NoPriceError, match="make prices REGION=ap-south-1"):
        Prices.of("ap-south-1")


@pytest.mark.parametrize(("region", "dollars"), [("us-east-1", 0.40), ("eu-west-3", 0.42)])
def test_a_million_photographs_are_read_for_cents(region, dollars):
    assert Prices.of(region).gets(1_000_000) == pytest.approx(dollars)


def test_waiting_beside_a_million_photographs_is_told_by_the_hour(lake):
    plan = planned(new=1_000_000)
    told = estimate(plan, STAGES, REQUEST, DEPLOYMENT, lake, Prices.of("eu-west-3"), 15)
    assert told.waiting_dollars_an_hour == pytest.approx(1.272)
    assert told.s3_dollars == pytest.approx(0.42 + 0.0053)
    assert told.vcpus == 4 + 2 * 8
