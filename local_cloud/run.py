"""The whole job on this machine, once:  python -m local_cloud.run [--images FOLDER] …

Starts S3 and EMR, puts the photographs on S3, runs the DAG `fruit_features`, stops what it started.
The last line on standard output is the run's summary as one JSON object.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from local_cloud.airflow import DAG, REPOSITORY, Airflow
from local_cloud.emr.settings import PACES
from local_cloud.entry import carry_out, folder
from local_cloud.errors import LocalCloudError
from local_cloud.holding import held
from local_cloud.photographs import deliver
from local_cloud.private import make_private
from local_cloud.process import end, free_port, leashed
from local_cloud.stack import LAKE, Stack
from local_cloud.watch import Watch
from verger.cli.network import bring_network
from verger.config.presets import preset
from verger.contract import PRESETS, STAGES, summary_key
from verger.objects.addresses import open_storage

NAME = "make run"
WATCHER = "watch"  # the last task of every DAG
FIT, REUSE = "fit", "reuse"
BACKENDS = ("cluster", "serverless")
LAKE_REMEDY = "stop it (`make down` if it is `make up`), or use another with LAKE=FOLDER"
WORK_REMEDY = "wait for its end, or stop it"


def main(argv: Sequence[str] | None = None) -> int:
    """Run; returns 0, or another status after one message that says what to do."""
    options = _parser().parse_args(argv)

    def whole() -> None:
        summary = run(options)
        # One object a program can read, whatever the encoding of the terminal.
        plain = sys.stdout.encoding.lower() != "utf-8"
        sys.stdout.write(f"{told(summary)}\n{json.dumps(summary, ensure_ascii=plain)}\n")

    return carry_out(whole, NAME)


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Run the DAG on a stack of its own; returns the summary with the lake's folder.

    Raises VergerError if it cannot start or the run fails.
    """
    preset(options.preset).sized(options.k, options.pca)  # what cannot be is refused at once
    if options.network:
        bring_network(open_storage(str(options.lake.absolute() / LAKE)), options.network)
    work = options.work.absolute()
    stack = Stack(objects=options.lake.absolute(), work=work / "stack", pace=options.pace)
    airflow = Airflow(work / "airflow", stack, free_port())
    log = stack.work / "airflow.log"
    with ExitStack() as holding:
        for place, remedy in ((stack.objects, LAKE_REMEDY), (work, WORK_REMEDY)):
            holding.enter_context(held(place, NAME, remedy))
        make_private(work)
        stack.work.mkdir(exist_ok=True)
        log.write_text("")
        watch = holding.enter_context(Watch(log, stack.steps, sys.stdout))
        watch.say("photographs to S3")
        delivery = deliver(options.images, stack)
        for line in delivery.told:
            watch.say(line)
        watch.say("starting S3 and EMR")
        with stack.running():
            airflow.migrate()
            watch.say(f"running the DAG {DAG}")
            conf = {
                "prefix": delivery.prefix,
                "preset": options.preset,
                "k": options.k,
                "pca_k": options.pca,
                "vocabulary": options.vocabulary,
                "backend": options.backend,
            }
            outcome = _run_dag(airflow, conf, log)
    if outcome.get("state") != "success":
        raise LocalCloudError(
            f"{reason(log.read_text(errors='replace'), outcome)}\n(the whole log: {log})"
        )
    summary = stack.objects / LAKE / summary_key(outcome["run_id"])
    return {**json.loads(summary.read_text()), "lake": str(stack.objects)}


def told(summary: dict[str, Any]) -> str:
    """The summary in a few lines for people."""
    csv = summary["features_csv"]
    features = (
        f"{summary['lake']}/{csv.removeprefix('s3://')}" if csv else "none: no photograph left"
    )
    reused = (
        f", {len(summary['reused'])} of {len(STAGES)} stages reused" if summary["reused"] else ""
    )
    return "\n".join(
        [
            "",
            f"  {summary['images']:,} photographs of {summary['labels']} labels"
            f" ({summary['quarantined']} set aside){reused}",
            f"  {summary['descriptors']:,} descriptors -> {summary['k']:,} visual words"
            f" -> {summary['pca_k']} components",
            f"  features: {features}",
            "",
        ]
    )


def _run_dag(airflow: Airflow, conf: dict[str, Any], log: Path) -> dict[str, Any]:
    outcome = log.with_name("outcome.json")
    outcome.unlink(missing_ok=True)
    with log.open("ab") as out:
        command = [sys.executable, "-m", "local_cloud.dag_test", DAG, json.dumps(conf)]
        process = leashed([*command, str(outcome)], airflow.environment(), out)
    try:
        process.wait()
    finally:
        end(process)
    return dict(json.loads(outcome.read_text())) if outcome.exists() else {}


def reason(log: str, outcome: dict[str, Any]) -> str:
    """Where a run failed, and the words of the last task that did; the DAG's own last task, which
    fails with the others, only repeats their names.
    """
    tasks = outcome.get("tasks", {})
    failed = [task for task, state in tasks.items() if state == "failed" and task != WATCHER]
    before = log.partition(f"starting task_id={WATCHER}")[0]
    words = re.findall(r"(?:AirflowFailException|AirflowException|\w+Error): (.+)", before)
    said = words[-1] if words else "its log says more"
    return f"the run failed in {', '.join(failed) or 'Airflow'}: {said}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local_cloud.run",
        description="The whole job on this machine, once.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--images", type=folder, help="folder of photographs; default: a sample")
    lake = REPOSITORY / "lake"
    parser.add_argument("--lake", type=folder, default=lake, help="kept between runs")
    parser.add_argument("--work", type=folder, default=REPOSITORY / ".verger" / "run")
    parser.add_argument("--preset", choices=PRESETS, default=PRESETS[0])
    parser.add_argument("--network", type=Path, help="an ONNX file, for the presets +network")
    parser.add_argument(
        "--vocabulary",
        choices=(FIT, REUSE),
        default=FIT,
        help="fit words and components to these photographs, or reuse the published ones",
    )
    parser.add_argument(
        "--backend",
        choices=BACKENDS,
        default=BACKENDS[0],
        help="run the stages as steps of a cluster, or as serverless jobs",
    )
    parser.add_argument(
        "--pace", choices=PACES, default="quick", help="real: EMR's waits take minutes, as AWS's do"
    )
    parser.add_argument("--k", type=int, default=1000, help="visual words")
    parser.add_argument("--pca", type=int, default=100, help="components")
    return parser


if __name__ == "__main__":
    sys.exit(main())
