"""The stack with Airflow's web page, left running:  python -m local_cloud.up start|stop

`python -m local_cloud.up airflow -- WORDS` is Airflow's own command line on what is running.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

from local_cloud.airflow import REPOSITORY
from local_cloud.entry import carry_out, folder
from local_cloud.errors import LocalCloudError
from local_cloud.holding import held
from local_cloud.process import last_words, require_free
from local_cloud.serving import NAME, REMEDY, airflow_of, serve, state_of, supervisor

# What Airflow's command line reads beside the settings that all of Airflow has.
COMMAND_SETTINGS = Path(__file__).with_name("airflow_settings")
STOP_SECONDS = 180.0  # the last resort: each of six programs has its time to end


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns 0, or another status after one message that says what to do."""
    given = list(sys.argv[1:] if argv is None else argv)
    cut = given.index("--") if "--" in given else len(given)
    options = _parser().parse_args(given[:cut])
    commands = {
        "start": lambda: start(options),
        "stop": lambda: stop(options),
        "serve": lambda: serve(options, _flags(options)),
        "airflow": lambda: command_line(options, given[cut + 1 :]),
    }
    return carry_out(commands[options.command], NAME)


def start(options: argparse.Namespace) -> None:
    """Start it in the background and return when the DAG can be triggered."""
    work = options.work.absolute()
    with held(work / "starting", NAME, "wait until it is up"):
        _refuse_if_running(work)
        with held(work, NAME, REMEDY):  # what an earlier one left behind is gone
            _require_ports(options)
        log = work / "up.log"
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
        sys.stdout.flush()
        try:
            state = _await_state(work, process, log)
        except BaseException:
            process.terminate()
            raise
    sys.stdout.write(state["welcome"])


def stop(options: argparse.Namespace) -> None:
    """Stop it; nothing happens if it is not running."""
    pid = supervisor(options.work)
    if pid is None:
        sys.stdout.write("nothing is running\n")
        return
    process = psutil.Process(pid)
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except psutil.TimeoutExpired:
        process.kill()
    sys.stdout.write("stopped\n")


def command_line(options: argparse.Namespace, words: Sequence[str]) -> None:
    """Airflow's own command, with the settings of what is running. Exits with its status."""
    pid = supervisor(options.work)
    state = state_of(options.work, pid) if pid else None
    if state is None:
        raise LocalCloudError("nothing is running: `make up` starts it")
    environment = airflow_of(_parser().parse_args(["serve", *state["flags"]])).environment()
    done = subprocess.run(
        [sys.executable, "-m", "airflow", *words],
        env={**os.environ, **environment, "PYTHONPATH": str(COMMAND_SETTINGS)},
        check=False,
    )
    sys.exit(done.returncode)


def _refuse_if_running(work: Path) -> None:
    pid = supervisor(work)
    if pid is None:
        return
    state = state_of(work, pid)
    died = "".join(f"\n  {line}" for line in state["told"]) if state else ""
    raise LocalCloudError(f"it is running already: `make down` stops it{died}")


def _await_state(work: Path, process: subprocess.Popen[bytes], log: Path) -> dict[str, Any]:
    """What the process says once all is up; it ends by itself where that is in vain."""
    while (state := state_of(work, process.pid)) is None:
        if process.poll() is not None:
            said = log.read_text(errors="replace").partition(f"{NAME} stopped: ")[2].strip()
            raise LocalCloudError(said or last_words(log))
        time.sleep(0.2)
    return state


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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local_cloud.up",
        description="S3, EMR and Airflow on this machine, left running.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("command", choices=("start", "stop", "serve", "airflow"))
    parser.add_argument("--images", type=folder, help="folder of photographs; default: a sample")
    parser.add_argument("--lake", type=folder, default=REPOSITORY / "lake")
    parser.add_argument("--work", type=folder, default=REPOSITORY / ".verger" / "up")
    parser.add_argument("--ui-port", type=int, default=8080)
    parser.add_argument("--s3-port", type=int, default=18080)
    parser.add_argument("--emr-port", type=int, default=18081)
    return parser


if __name__ == "__main__":
    sys.exit(main())
