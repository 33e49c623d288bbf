"""The stack with Airflow's web page, left running:  python -m local_cloud.up start|stop

`python -m local_cloud.up airflow -- WORDS` is Airflow's own command line on what is running.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import psutil

from local_cloud.airflow import REPOSITORY, USER, Airflow
from local_cloud.errors import LocalCloudError
from local_cloud.photographs import deliver
from local_cloud.private import write_private
from local_cloud.process import require_free
from local_cloud.stack import Stack
from verger.errors import VergerError

READY_SECONDS = 300.0
# What Airflow's command line reads beside the settings that all of Airflow has.
COMMAND_SETTINGS = Path(__file__).with_name("airflow_settings")
STOP_SECONDS = 60.0
KEYS = "keys.env"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns 0, or 1 after one message that says what to do."""
    given = list(sys.argv[1:] if argv is None else argv)
    cut = given.index("--") if "--" in given else len(given)
    options = _parser().parse_args(given[:cut])
    options.words = given[cut + 1 :]
    commands = {"start": start, "stop": stop, "serve": serve, "airflow": command_line}
    try:
        commands[options.command](options)
    except VergerError as error:
        sys.stderr.write(f"\n{error}\n")
        return 1
    return 0


def start(options: argparse.Namespace) -> None:
    """Start it in the background and return when the page answers."""
    if _supervisor(options.work) is not None:
        raise LocalCloudError("it is running already: `make down` stops it")
    _require_ports(options)
    options.work.mkdir(parents=True, exist_ok=True)
    _state(options.work).unlink(missing_ok=True)
    log = options.work / "up.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "local_cloud.up", "serve", *_flags(options)],
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    sys.stdout.write("starting S3, EMR and Airflow …\n")
    deadline = time.monotonic() + READY_SECONDS
    while not _state(options.work).exists():
        if process.poll() is not None or time.monotonic() > deadline:
            process.terminate()
            raise LocalCloudError(f"it did not start; {log} says:\n{log.read_text()[-3000:]}")
        time.sleep(0.5)
    sys.stdout.write(json.loads(_state(options.work).read_text())["welcome"])


def serve(options: argparse.Namespace) -> None:
    """Hold everything up until SIGTERM."""
    work = options.work.absolute()
    airflow = _airflow(options)
    stack = airflow.stack
    end = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: end.set())
    delivery = deliver(options.images, stack)
    with ExitStack() as started:
        started.enter_context(stack.running())
        airflow.migrate()
        for component in airflow.components():
            component.start()
            started.callback(component.stop)
        welcome = (
            f"\n  Airflow   {airflow.url}   login {USER} / {airflow.password}\n"
            f"  S3        {stack.environment()['AWS_ENDPOINT_URL_S3']}   (folder {stack.objects})\n"
            f"  EMR       {stack.emr_endpoint}\n"
            f"  keys      {work / KEYS}, for any S3 client: set -a; . FILE; set +a\n\n"
            f"  Trigger the DAG fruit_features with the prefix {delivery.prefix}.\n"
            "  `make down` stops it all.\n\n"
        )
        state = {"pid": os.getpid(), "flags": _flags(options), "welcome": welcome}
        lines = [f"{name}={value}\n" for name, value in stack.environment().items()]
        for path, text in ((work / KEYS, "".join(lines)), (_state(work), json.dumps(state))):
            write_private(path, text)
            started.callback(path.unlink)
        end.wait()


def stop(options: argparse.Namespace) -> None:
    """Stop it; nothing happens if it is not running."""
    supervisor = _supervisor(options.work)
    if supervisor is None:
        sys.stdout.write("nothing is running\n")
        return
    supervisor.terminate()
    try:
        supervisor.wait(STOP_SECONDS)
    except psutil.TimeoutExpired:
        supervisor.kill()
    _state(options.work).unlink(missing_ok=True)
    sys.stdout.write("stopped\n")


def command_line(options: argparse.Namespace) -> None:
    """Airflow's own command, with the settings of what is running. Exits with its status."""
    if _supervisor(options.work) is None:
        raise LocalCloudError("nothing is running: `make up` starts it")
    flags = json.loads(_state(options.work).read_text())["flags"]
    environment = _airflow(_parser().parse_args(["serve", *flags])).environment()
    known = {**os.environ, **environment}
    path = os.pathsep.join(filter(None, [str(COMMAND_SETTINGS), known.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, "-m", "airflow", *options.words],
        env={**known, "PYTHONPATH": path},
        check=False,
    )
    sys.exit(done.returncode)


def _airflow(options: argparse.Namespace) -> Airflow:
    work = options.work.absolute()
    stack = Stack(options.lake.absolute(), work / "stack", options.s3_port, options.emr_port)
    return Airflow(work / "airflow", stack, options.ui_port)


def _supervisor(work: Path) -> psutil.Process | None:
    """The process that holds everything up, if it lives and is really ours."""
    try:
        process = psutil.Process(json.loads(_state(work).read_text())["pid"])
        return process if "local_cloud.up" in process.cmdline() else None
    except (FileNotFoundError, ValueError, psutil.Error):
        return None


def _require_ports(options: argparse.Namespace) -> None:
    require_free(options.ui_port, "Airflow's page", "UI_PORT")
    require_free(options.s3_port, "S3", "S3_PORT")
    require_free(options.emr_port, "EMR", "EMR_PORT")


def _flags(options: argparse.Namespace) -> list[str]:
    """The options as flags again, for the process that serves; folders independent of where."""
    images = ["--images", str(options.images.absolute())] if options.images else []
    folders = ["--lake", str(options.lake.absolute()), "--work", str(options.work.absolute())]
    ports = [
        *("--ui-port", str(options.ui_port)),
        *("--s3-port", str(options.s3_port)),
        *("--emr-port", str(options.emr_port)),
    ]
    return [*images, *folders, *ports]


def _state(work: Path) -> Path:
    return work / "up.json"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local_cloud.up",
        description="S3, EMR and Airflow on this machine, left running.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("command", choices=("start", "stop", "serve", "airflow"))
    parser.add_argument("--images", type=Path, help="folder of photographs; default: a sample")
    parser.add_argument("--lake", type=Path, default=REPOSITORY / "lake")
    parser.add_argument("--work", type=Path, default=REPOSITORY / ".verger" / "up")
    parser.add_argument("--ui-port", type=int, default=8080)
    parser.add_argument("--s3-port", type=int, default=18080)
    parser.add_argument("--emr-port", type=int, default=18081)
    return parser


if __name__ == "__main__":
    sys.exit(main())
