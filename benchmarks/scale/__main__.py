"""`make scale`: the tables of docs/scale.md, from this machine's planning and a region's prices."""

from __future__ import annotations

import argparse
import sys

from benchmarks.scale.clusters import POLL_SECONDS, FirstRun, first_run
from benchmarks.scale.planning import MANY, Planning, measured
from verger_runs.prices import Prices

SIZES = (10_000, 100_000, 1_000_000, 10_000_000, 1_000_000_000)
NODES = (2, 10, 20)  # the form's default, and what it takes at most
GIGABYTE = 1e9
# S3 answers a listing in pages of 1,000 keys, one after another: seconds for one, an assumption.
PAGE_SECONDS = 0.08
INVENTORY_DOLLARS_A_MILLION = 0.0025  # https://aws.amazon.com/s3/pricing/, "S3 Inventory"
TASK_GIGABYTES = 4.0  # an Airflow worker's share for one task, as on MWAA's mw1.medium


def main() -> int:
    """Measure, estimate, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--region", default="eu-west-3")
    region = parser.parse_args().region
    prices, planning = Prices.of(region), measured()
    runs = [first_run(photographs, nodes, region) for photographs in SIZES for nodes in NODES]
    print(  # noqa: T201
        f"Prices of {region}, {prices.as_of}. Planning measured between 50,000 and {MANY:,} "
        f"photographs: {planning.seconds * 1e6:.0f} microseconds and {planning.bytes:.0f} bytes "
        "each.\n"
    )
    print(_first_runs(runs), _looks(planning, prices), _limits(planning), sep="\n\n")  # noqa: T201
    return 0


def _first_runs(runs: list[FirstRun]) -> str:
    head = "| photographs | core nodes | hours | dollars | of them S3 requests | longest stage |"
    rows = [
        f"| {run.photographs:,} | {run.nodes} | {run.hours:,.1f} | {run.estimated.dollars:,.2f} | "
        f"{run.estimated.s3_dollars:,.2f} | {run.longest} |"
        for run in runs
    ]
    return "\n".join([head, "|---|---|---|---|---|---|", *rows])


def _looks(planning: Planning, prices: Prices) -> str:
    """What a day of a hundred photographs costs before any work: seeing what is new."""
    head = (
        "| photographs | one listing, s | dollars an hour of looks | S3 Inventory a day, dollars | "
        "plan, processor s | plan, GB |"
    )
    rows = []
    for photographs in SIZES:
        pages = photographs / 1000
        seconds = pages * PAGE_SECONDS
        # A look begins when the one before it has ended.
        an_hour = prices.listing(photographs) * 3600 / max(POLL_SECONDS, seconds)
        inventory = photographs / 1e6 * INVENTORY_DOLLARS_A_MILLION
        rows.append(
            f"| {photographs:,} | {seconds:,.0f} | {an_hour:.2f} | {inventory:.4f} | "
            f"{photographs * planning.seconds:,.0f} | "
            f"{photographs * planning.bytes / GIGABYTE:,.1f} |"
        )
    return "\n".join([head, "|---|---|---|---|---|---|", *rows])


def _limits(planning: Planning) -> str:
    """From how many photographs on each part gives way."""
    found = {
        f"one listing lasts longer than {POLL_SECONDS} s, the time between two": POLL_SECONDS
        / PAGE_SECONDS
        * 1000,
        "features.csv has more rows than a spreadsheet shows": 1_048_576.0,
        f"the plan needs {TASK_GIGABYTES:g} GB, a task's share of an Airflow worker": (
            TASK_GIGABYTES * GIGABYTE / planning.bytes
        ),
        "planning one day takes an hour of a processor": 3600 / planning.seconds,
    }
    rows = [f"| {at:,.0f} | {what} |" for what, at in sorted(found.items(), key=lambda one: one[1])]
    return "\n".join(["| from photographs | what gives way |", "|---|---|", *rows])


if __name__ == "__main__":
    sys.exit(main())
