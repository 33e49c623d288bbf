"""The one door for this server's options and for what it needs from its environment."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from local_cloud.emr.settings import LOOPBACK_NAMES, PACES, Settings

# Without these boto3 would look for credentials elsewhere and talk to the real AWS.
REQUIRED_ENVIRONMENT = (
    "AWS_ENDPOINT_URL_S3",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_DEFAULT_REGION",
)


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
    pace = PACES[options.pace]
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
        log_period=options.log_period or pace.log_period,
        log_delay=options.log_delay or pace.log_delay,
        startup=options.startup or pace.startup,
        least_idle=options.least_idle,
        vcpu_quota=options.vcpu_quota,
        throttle=options.throttle,
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
        "SPARK_CONF_DIR and everything else in it reach the steps unchanged, but no region: "
        "as on EMR, a cluster or a step names its own.",
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
        "--pace",
        choices=PACES,
        default="quick",
        help="real: five minutes until a cluster is ready, and for logs to come, as on EMR "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--log-period",
        type=_seconds,
        metavar="SECONDS",
        help="between two uploads of the logs of a running step (default: as paced)",
    )
    parser.add_argument(
        "--log-delay",
        type=_seconds,
        metavar="SECONDS",
        help="from a step's end until its logs are uploaded whole (default: as paced)",
    )
    parser.add_argument(
        "--startup",
        type=_seconds,
        metavar="SECONDS",
        help="how long a cluster is STARTING (default: as paced)",
    )
    parser.add_argument(
        "--least-idle",
        type=_count,
        default=Settings.least_idle,
        metavar="SECONDS",
        help="fewest idle seconds that a cluster may ask for (default: %(default)s, as EMR)",
    )
    parser.add_argument(
        "--vcpu-quota",
        type=_count,
        metavar="VCPUS",
        help="quota of the account: a larger cluster finds no room (default: none)",
    )
    parser.add_argument(
        "--throttle",
        type=_count,
        metavar="CALLS",
        help="refuse every so many calls with a ThrottlingException (default: none)",
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
        raise argparse.ArgumentTypeError(f"{count} is too few: give 1 or more")
    return count
