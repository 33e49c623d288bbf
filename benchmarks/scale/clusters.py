"""What a cluster takes for a first run, as Airflow estimates it before it spends anything."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass

from verger.catalogue.collection import Change, Segment
from verger.config.settings import FRUITS
from verger.contract import STAGES
from verger.lake.store import Lake
from verger.planning.plan import Plan
from verger_runs.deployment import Deployment
from verger_runs.estimate import Estimate, estimate
from verger_runs.prices import Prices
from verger_runs.request import Request

POLL_SECONDS = 60
PLACES = ("s3://photographs", "s3://lake", "s3://code", "s3://logs")


@dataclass(frozen=True)
class FirstRun:
    """A collection, so many core nodes of m7i.2xlarge, and the estimate."""

    photographs: int
    nodes: int
    estimated: Estimate

    @property
    def hours(self) -> float:
        """Of all stages, one after another."""
        return sum(self.estimated.seconds.values()) / 3600

    @property
    def longest(self) -> str:
        """The stage that takes most of them."""
        return max(self.estimated.seconds, key=lambda stage: self.estimated.seconds[stage])


def first_run(photographs: int, nodes: int, region: str) -> FirstRun:
    """Everything is new, nothing is in the lake; preset fruits."""
    plan = Plan(
        run_id="scale",
        images=PLACES[0],
        preset=FRUITS,
        opencv="",
        catalogue="",
        collection="",
        segments=(Segment("all", photographs),),
        changes={"all": Change(new=photographs)},
        model=None,
    )
    request = Request("", "fruits", FRUITS.words.k, FRUITS.pca.k, core_nodes=nodes, task_nodes=0)
    with tempfile.TemporaryDirectory() as nothing:
        made = estimate(
            plan,
            STAGES,
            request,
            Deployment(*PLACES),
            Lake.at(nothing),
            Prices.of(region),
            POLL_SECONDS,
        )
    return FirstRun(photographs, nodes, made)
