"""How the server is set up."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})


@dataclass(frozen=True)
class Pace:
    """Waits of EMR's own, in seconds.

    startup     a cluster is STARTING so long
    log_period  between two uploads of the logs of a running step
    log_delay   from a step's end until its logs are uploaded whole
    """

    startup: float
    log_period: float
    log_delay: float


# EMR takes five minutes for each; here nobody should have to wait, nor meet other behaviour:
# a quick start is long enough for a caller to meet a cluster that is not ready yet.
PACES = {"quick": Pace(0.5, 10.0, 1.0), "real": Pace(300.0, 300.0, 300.0)}
QUICK = PACES["quick"]


@dataclass(frozen=True)
class Settings:
    """Where the server listens and how it runs steps.

    port                  TCP port; 0 takes any free one
    work                  folder for the files and logs of steps: WORK/<cluster>/<step>/
    spark_submit          the spark-submit that executes steps
    host                  address to listen on
    allowed_hosts         names by which clients may address it
    master                Spark master that replaces the one a step asks for
    master_page           address of the master's web page, where it is a standalone cluster's
    step_timeout          seconds after which a step is ended and FAILED
    step_concurrency_cap  steps running at the same time, over all clusters
    log_period            seconds between two uploads of the logs of a running step
    log_delay             seconds from a step's end until its logs are uploaded whole
    startup               seconds that a cluster is STARTING
    least_idle            fewest seconds that an AutoTerminationPolicy may name
    vcpu_quota            of the account: a larger cluster finds no room; None: any
    throttle              every so many calls one is refused (ThrottlingException); None: none
    resume                take up the clusters that an earlier server left in `work`
    application           id of a serverless application that is there from the start
    keep_days             how long `work` keeps ended clusters, where they are kept for `resume`
    """

    port: int
    work: Path
    spark_submit: Path
    host: str = "127.0.0.1"
    allowed_hosts: frozenset[str] = LOOPBACK_NAMES
    master: str = "local[*]"
    master_page: str | None = None
    step_timeout: float = 3600.0
    step_concurrency_cap: int = 1
    log_period: float = QUICK.log_period
    log_delay: float = QUICK.log_delay
    startup: float = QUICK.startup
    least_idle: int = 60
    vcpu_quota: int | None = None
    throttle: int | None = None
    resume: bool = False
    application: str | None = None
    keep_days: float = 90.0
