"""Prices from AWS's list, as its API answers: requests and answers checked by botocore's model."""

import json
from datetime import date

import boto3
import pytest
from botocore.stub import ANY, Stubber

from infra.prices import region_prices, renewed, serverless_prices
from verger.errors import VergerError
from verger_runs.prices import FILE, Prices
from verger_runs.serverless_cost import PRICES as SERVERLESS_FILE

LISTED = [0.4704, 0.1176, 0.0928, 0.00000042, 0.0000053]


def product(*dollars, usage=""):
    """A product of the list, in its own words."""
    dimensions = {
        str(number): {"pricePerUnit": {"USD": f"{price:.10f}"}}
        for number, price in enumerate(dollars)
    }
    terms = {"OnDemand": {"t": {"priceDimensions": dimensions}}}
    return json.dumps({"product": {"attributes": {"usagetype": usage}}, "terms": terms})


@pytest.fixture
def answers():
    """Clients that answer as was arranged, in that order."""
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
    pricing = boto3.client("pricing", "eu-central-1", **keys)
    ec2 = boto3.client("ec2", "eu-west-3", **keys)
    with Stubber(pricing) as prices, Stubber(ec2) as spot:
        spot.add_response(
            "describe_spot_price_history",
            {"SpotPriceHistory": [{"InstanceType": "m7i.2xlarge", "SpotPrice": "0.1882"}]},
        )

        def arranged(products):
            for listed in products:
                expected = {"ServiceCode": ANY, "Filters": ANY}
                prices.add_response("get_products", {"PriceList": listed}, expected)
            return pricing, ec2

        yield arranged


def test_a_region_of_the_file_is_made_of_what_the_list_says(answers, tmp_path):
    # An included allowance is listed at no price beside the price.
    pricing, ec2 = answers([[product(0.0, price)] for price in LISTED])
    made = region_prices(pricing, ec2, "eu-west-3", ["m7i.2xlarge"])
    file = tmp_path / "prices.json"
    content = renewed(json.loads(FILE.read_text()), "eu-west-3", made, date(2027, 1, 2))
    file.write_text(json.dumps(content))
    prices = Prices.of("eu-west-3", file)
    assert prices.as_of == "2027-01-02"
    assert prices.ec2_hour == {"m7i.2xlarge": 0.4704}
    assert prices.spot_share == pytest.approx(0.4)
    assert prices.gets(1_000_000) == pytest.approx(0.42)
    assert prices.listing(1_000_000) == pytest.approx(0.0053)
    assert Prices.of("us-east-1", file).ec2_hour == Prices.of("us-east-1").ec2_hour


def test_serverless_jobs_are_priced_by_their_usage_types_and_not_those_of_arm(answers):
    listed = [
        product(0.2, usage="EUW3-BoxUsage:m7i.xlarge"),
        product(0.063, usage="EUW3-EMR-SERVERLESS-vCPUHours"),
        product(0.050, usage="EUW3-EMR-SERVERLESS-ARM-vCPUHours"),
        product(0.007, usage="EUW3-EMR-SERVERLESS-MemoryGBHours"),
    ]
    pricing, _ = answers([listed, listed])
    made = serverless_prices(pricing, "eu-west-3")
    known = json.loads(SERVERLESS_FILE.read_text())["regions"]["eu-west-3"]
    assert made.keys() == known.keys()
    assert (made["vcpu_hour"], made["gb_hour"]) == (0.063, 0.007)


@pytest.mark.parametrize("listed", [[], [product(1.0), product(2.0)]])
def test_what_the_list_does_not_say_once_is_refused_and_names_what_was_asked(answers, listed):
    pricing, ec2 = answers([listed])
    with pytest.raises(VergerError, match=r"prices of AmazonEC2 with regionCode eu-west-3"):
        region_prices(pricing, ec2, "eu-west-3", ["m7i.2xlarge"])
