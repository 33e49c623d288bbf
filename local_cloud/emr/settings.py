"""The one door for this server's options and for what it needs from its environment."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# Without these boto3 would look for credentials elsewhere and talk to the real AWS.
REQUIRED_ENVIRONMENT = (
    "AWS_ENDPOINT_URL_S3",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_DEFAULT_REGION",
)
LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})


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
    # EMR takes five minutes for both; here nobody should have to wait, nor meet other behaviour.
    log_period: float = 10.0
    log_delay: float = 1.0
    resume: bool = False
    application: str | None = None
    keep_days: float = 90.0


def parse_settings(arguments: Sequence[str] | None = None) -> Settings:
    """Settings from the command line; exits with status 2 and a plain message if they are wrong."""
    parser = _parser()
    options = parser.parse_args(arguments)
    missing = [name for name in REQUIRED_ENVIRONMENT if not os.environ.get(name)]
    if missing:
        parser.error(
            f"set {', '.join(missing)} in the environment: steps and logs use that local S3 server"
        )
    # The environment that runs this server also runs the steps, so that both see one pyspark.
    spark_submit = Path(sys.executable).parent / "spark-submit"
    if not spark_submit.exists():
        parser.error(f"{spark_submit} does not exist: install pyspark in this Python environment")
    return Settings(
        port=options.port,
        work=options.work.resolve(),
        spark_submit=spark_submit,
        host=options.host,
        allowed_hosts=LOOPBACK_NAMES.union(options.allowed_host),
        master=options.master,
        master_page=options.master_page,
        step_timeout=options.step_timeout,
        step_concurrency_cap=options.step_concurrency_cap,
        log_period=options.log_period,
        log_delay=options.log_delay,
        resume=options.resume,
        application=options.application,
        keep_days=options.keep_days,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local_cloud.emr",
        description=(
            "An EMR endpoint for this machine: clusters are pretended, "
            "their spark-submit steps really run here."
        ),
        epilog=f"Read from the environment: {', '.join(REQUIRED_ENVIRONMENT)}; "
        "only requests signed with these keys are answered. "
        "SPARK_CONF_DIR and everything else in it reach the steps unchanged.",
        allow_abbrev=False,
    )
    parser.add_argument("--port", type=_port, required=True, help="TCP port; 0: any free one")
    parser.add_argument("--work", type=Path, required=True, help="folder for steps' files and logs")
    parser.add_argument(
        "--host",
        default=Settings.host,
        help="address to listen on (default: %(default)s)",
    )
    parser.add_argument(
        "--allowed-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a name by which clients address it, beside those of loopback: "
        "between containers the service's name; may be repeated",
    )
    parser.add_argument(
        "--master",
        default=Settings.master,
        help="Spark master instead of the step's own (default: %(default)s)",
    )
    parser.add_argument(
        "--master-page",
        metavar="URL",
        help="web page of a standalone master: a step that it lost sight of is run again, once",
    )
    parser.add_argument(
        "--step-timeout",
        type=_seconds,
        default=Settings.step_timeout,
        metavar="SECONDS",
        help="a step that runs longer is ended and FAILED (default: %(default)g)",
    )
    parser.add_argument(
        "--step-concurrency-cap",
        type=_count,
        default=Settings.step_concurrency_cap,
        metavar="STEPS",
        help="steps running at a time, over all clusters (default: %(default)s)",
    )
    parser.add_argument(
        "--log-period",
        type=_seconds,
        default=Settings.log_period,
        metavar="SECONDS",
        help="between two uploads of the logs of a running step (default: %(default)g)",
    )
    parser.add_argument(
        "--log-delay",
        type=_seconds,
        default=Settings.log_delay,
        metavar="SECONDS",
        help="from a step's end until its logs are uploaded whole (default: %(default)g)",
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="keep clusters and steps in WORK, and go on with those that an earlier server left",
    )
    parser.add_argument(
        "--application",
        metavar="ID",
        help="a serverless application of this id is there from the start",
    )
    parser.add_argument(
        "--keep-days",
        type=_days,
        default=Settings.keep_days,
        metavar="DAYS",
        help="with --resume: how long files and logs of ended clusters stay (default: %(default)g)",
    )
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{port} is not a port: give 0 to 65535")
    return port


def _seconds(text: str) -> float:
    seconds = float(text)
    # The comparison also refuses NaN, which would never time out.
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a time limit: give seconds above 0")
    return seconds


def _days(text: str) -> float:
    days = float(text)
    if not 0 <= days < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is no number of days: give 0 or more")
    return days


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError(f"{count} steps at a time run nothing: give 1 or more")
    return count
