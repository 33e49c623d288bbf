"""Write prices of clusters and of serverless jobs anew:  python -m infra.prices eu-west-3 [TYPE…]

From AWS's price list, where there is an account: its keys or role need `pricing:GetProducts` and,
for the spot market, `ec2:DescribeSpotPriceHistory`. Other regions of the files stay as they are.
https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/price-changes.html
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import boto3

from verger.errors import VergerError
from verger_runs.prices import FILE
from verger_runs.serverless_cost import PRICES as SERVERLESS_FILE

API_REGION = "eu-central-1"  # the list is served in a few regions, for all of them
TYPES = ("m7i.xlarge", "m7i.2xlarge", "m7i.4xlarge", "m7i.8xlarge")
LIST = "AWS Price List API"
SOURCE = f"{LIST}; the spot share is the median of EC2's spot prices of that day"
_LINUX = {
    "operatingSystem": "Linux",
    "tenancy": "Shared",
    "preInstalledSw": "NA",
    "capacitystatus": "Used",
}


def region_prices(pricing: Any, ec2: Any, region: str, types: Sequence[str]) -> dict[str, Any]:
    """One region of the file. Raises VergerError for what the list does not have, or not once."""

    def price(service: str, **named: str) -> float:
        return _price(pricing, service, {"regionCode": region, **named})

    machines = {of: price("AmazonEC2", instanceType=of, **_LINUX) for of in types}
    emr = {of: price("ElasticMapReduce", instanceType=of, softwareType="EMR") for of in types}
    return {
        "source": SOURCE,
        "ec2_hour": machines,
        "emr_hour": emr,
        "spot_share": _spot_share(ec2, machines),
        "ebs_gb_month": price("AmazonEC2", volumeApiName="gp3", productFamily="Storage"),
        "s3_thousand_gets": 1000 * price("AmazonS3", group="S3-API-Tier2"),
        "s3_thousand_lists": 1000 * price("AmazonS3", group="S3-API-Tier1"),
    }


def serverless_prices(pricing: Any, region: str) -> dict[str, Any]:
    """The same of the file for serverless jobs, on x86. Usage types begin with a region's short
    name, which no list of AWS's explains, so they are known by their end.
    """
    end = "EMR-SERVERLESS-"

    def price(unit: str) -> float:
        return _price(pricing, "ElasticMapReduce", {"regionCode": region}, usage=end + unit)

    return {
        "source": LIST,
        "vcpu_hour": price("vCPUHours"),
        "gb_hour": price("MemoryGBHours"),
    }


def _price(pricing: Any, service: str, named: Mapping[str, str], usage: str = "") -> float:
    """The one on-demand price of a product, in dollars for a unit."""
    filters = [{"Type": "TERM_MATCH", "Field": of, "Value": value} for of, value in named.items()]
    pages = pricing.get_paginator("get_products").paginate(ServiceCode=service, Filters=filters)
    products = (json.loads(product) for page in pages for product in page["PriceList"])
    found = {
        float(dimension["pricePerUnit"]["USD"])
        for product in products
        if not usage or product["product"]["attributes"]["usagetype"].endswith(usage)
        for term in product["terms"].get("OnDemand", {}).values()
        for dimension in term["priceDimensions"].values()
    } - {0.0}
    if usage:
        named = {**named, "a usage type that ends in": usage}
    if len(found) != 1:
        raise VergerError(
            f"AWS's price list has {len(found)} prices of {service} with "
            f"{', '.join(f'{of} {value}' for of, value in named.items())}: name another type, or "
            f"write {FILE.name} or {SERVERLESS_FILE.name} by hand"
        )
    return found.pop()


def _spot_share(ec2: Any, machines: Mapping[str, float]) -> float:
    history = ec2.describe_spot_price_history(
        InstanceTypes=list(machines),
        ProductDescriptions=["Linux/UNIX"],
        StartTime=datetime.now(UTC),  # so the prices in force
    )["SpotPriceHistory"]
    if not history:
        raise VergerError("EC2 tells no spot price of these types in this region")
    shares = [float(of["SpotPrice"]) / machines[of["InstanceType"]] for of in history]
    return round(statistics.median(shares), 3)


def renewed(content: Mapping[str, Any], region: str, prices: Any, today: date) -> dict[str, Any]:
    """The file's content with one region as it is today."""
    return {"as_of": today.isoformat(), "regions": {**content["regions"], region: prices}}


def main(argv: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m infra.prices", description=__doc__)
    parser.add_argument("region", help="such as eu-west-3")
    parser.add_argument("types", nargs="*", default=TYPES, help="instance types")
    options = parser.parse_args(argv)
    pricing, ec2 = boto3.client("pricing", API_REGION), boto3.client("ec2", options.region)
    today = datetime.now(UTC).date()
    # Both are asked for before one is written.
    for file, prices in {
        FILE: region_prices(pricing, ec2, options.region, options.types),
        SERVERLESS_FILE: serverless_prices(pricing, options.region),
    }.items():
        content = renewed(json.loads(file.read_text()), options.region, prices, today)
        file.write_text(json.dumps(content, indent=2) + "\n")
        sys.stdout.write(f"{file} has the prices of {options.region}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
