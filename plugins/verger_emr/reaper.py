"""Finds and terminates clusters that nobody needs any more.

A run terminates its cluster itself, and EMR ends an idle one. What is left are clusters that keep
working for a run that is over (its Airflow died or lost them), and clusters that work for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from verger_emr import cluster as tags

UP = ["STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING"]
# A run that has just ended may still be at its own teardown, or be cleared by a person.
GRACE = timedelta(minutes=15)
# For clusters of ours whose tag of the age was lost.
MAX_AGE_HOURS = 24


@dataclass(frozen=True)
class Cluster:
    """A cluster that is up, as EMR describes it."""

    id: str
    name: str
    created: datetime
    protected: bool
    tags: Mapping[str, str]

    @classmethod
    def read(cls, described: Mapping[str, Any]) -> Cluster:
        """From DescribeCluster's answer."""
        return cls(
            id=described["Id"],
            name=described["Name"],
            created=described["Status"]["Timeline"]["CreationDateTime"],
            protected=bool(described.get("TerminationProtected")),
            tags={tag["Key"]: tag["Value"] for tag in described.get("Tags", [])},
        )

    def age(self, now: datetime) -> timedelta:
        """How long ago it was asked for."""
        return now - self.created


@dataclass(frozen=True)
class Verdict:
    """What is to become of a cluster, and why."""

    cluster: Cluster
    doomed: bool
    reason: str


def judge(
    cluster: Cluster, now: datetime, lake: str, is_live: Callable[[str, str], bool]
) -> Verdict | None:
    """What to do with a cluster; None where it is not the project's.

    `is_live` tells of a DAG's id and a run's id whether the run is queued or running. It is asked
    of clusters of this lake alone: another Airflow's runs are not known here.
    """
    if cluster.tags.get(tags.PROJECT) != tags.PROJECT_NAME:
        return None
    age = cluster.age(now)
    ceiling = _ceiling(cluster)
    dag, run = cluster.tags.get(tags.DAG), cluster.tags.get(tags.RUN)
    if age > ceiling:
        reason = f"older than its {ceiling.total_seconds() / 3600:.0f} h"
    elif cluster.tags.get(tags.LAKE) != lake:
        return Verdict(cluster, False, "of another lake")
    elif not (dag and run):
        return Verdict(cluster, False, "names no run")
    elif is_live(dag, run):
        return Verdict(cluster, False, "its run is live")
    elif age <= GRACE:
        return Verdict(cluster, False, "its run is over; young enough for its own teardown")
    else:
        reason = "its run is over"
    if cluster.protected:
        return Verdict(cluster, False, f"{reason}, but somebody switched termination protection on")
    return Verdict(cluster, True, reason)


def survey(
    emr: Any, lake: str, is_live: Callable[[str, str], bool], now: datetime | None = None
) -> list[Verdict]:
    """Judge every cluster that is up, oldest first."""
    moment = now or datetime.now(UTC)
    found = sorted(_clusters_up(emr), key=lambda cluster: cluster.created)
    verdicts = (judge(cluster, moment, lake, is_live) for cluster in found)
    return [verdict for verdict in verdicts if verdict is not None]


def reap(emr: Any, verdicts: Iterable[Verdict]) -> list[str]:
    """Terminate the doomed, each by a call of its own; returns what EMR refused, with its words."""
    refused = []
    for verdict in verdicts:
        if not verdict.doomed:
            continue
        try:
            emr.terminate_job_flows(JobFlowIds=[verdict.cluster.id])
        except ClientError as error:
            refused.append(f"{verdict.cluster.id}: {error}")
    return refused


def as_table(verdicts: Sequence[Verdict], now: datetime, dry_run: bool) -> str:
    """The verdicts as lines for people."""
    if not verdicts:
        return "no cluster of this project is up"
    end = "would end" if dry_run else "ends"
    rows = [
        f"  {verdict.cluster.id:<18} {verdict.cluster.age(now).total_seconds() / 3600:>7.1f} h  "
        f"{end if verdict.doomed else 'stays':<9}  {verdict.reason}  ({verdict.cluster.name})"
        for verdict in verdicts
    ]
    return "\n".join([f"{len(verdicts)} clusters of this project are up", *rows])


def _ceiling(cluster: Cluster) -> timedelta:
    hours = cluster.tags.get(tags.MAX_AGE_HOURS, "")
    return timedelta(hours=int(hours) if hours.isdecimal() else MAX_AGE_HOURS)


def _clusters_up(emr: Any) -> Iterator[Cluster]:
    for page in emr.get_paginator("list_clusters").paginate(ClusterStates=UP):
        for listed in page["Clusters"]:
            # The list has no tags.
            yield Cluster.read(emr.describe_cluster(ClusterId=listed["Id"])["Cluster"])
