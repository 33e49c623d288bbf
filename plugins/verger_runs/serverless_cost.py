"""What serverless jobs cost: vCPU- and GB-seconds of a driver and its workers, for each job."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from verger_runs.prices import NoPriceError

PRICES = Path(__file__).with_name("serverless_prices.json")
WORKER_CORES, WORKER_GB = 4, 16  # of a driver, too; jobs ask for these (verger_emr/jobs.py)
JOB_SECONDS = 60  # a job's start: its workers, the archive of packages, spark-submit
LEAST_SECONDS = 60  # what a worker is billed at least


@dataclass(frozen=True)
class ServerlessCost:
    """Billed hours of processors and of memory; dollars, and those of an hour of a job; the day of
    the prices.
    """

    vcpu_hours: float
    gb_hours: float
    dollars: float
    dollars_an_hour: float
    prices_as_of: str


def serverless_cost(seconds: Mapping[str, float], workers: int, region: str) -> ServerlessCost:
    """Of one job a stage that takes so many seconds, each with its workers and a driver.

    Raises NoPriceError for a region without prices.
    """
    content = json.loads(PRICES.read_text())
    if region not in content["regions"]:
        raise NoPriceError(
            f"serverless jobs have no prices for the region {region}: add them to {PRICES.name}, "
            "or choose the backend cluster"
        )
    prices = content["regions"][region]
    billed = sum(max(LEAST_SECONDS, taken) for taken in seconds.values()) / 3600
    machines = workers + 1
    vcpu, memory = billed * machines * WORKER_CORES, billed * machines * WORKER_GB
    an_hour = machines * (WORKER_CORES * prices["vcpu_hour"] + WORKER_GB * prices["gb_hour"])
    return ServerlessCost(vcpu, memory, billed * an_hour, an_hour, content["as_of"])
