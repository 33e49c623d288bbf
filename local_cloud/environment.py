"""What of the user's environment reaches a run: nothing that is meant for another Spark or AWS."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from types import FrameType

# Endpoints and profiles, another Spark's home, workers' Python, a default file system, …
FOREIGN = ("AWS_", "AIRFLOW_", "SPARK_", "PYSPARK_", "HADOOP_", "RCLONE_", "MOTO_")
FOREIGN_NAMES = ("PYTHONPATH", "PYTHONHOME")
# Settings of this project: README, "Settings".
OURS = (
    "AIRFLOW__VERGER__",
    "AIRFLOW_VAR_VERGER_",
    "AIRFLOW__OPERATORS__DEFAULT_DEFERRABLE",
    "AIRFLOW__OPENLINEAGE__",
)
LOOPBACK = ("127.0.0.1", "localhost")


def isolate() -> None:
    """Make this process's environment, which all it starts inherit, that of a run of its own."""
    run = isolated(os.environ)
    for name in os.environ.keys() - run.keys():
        del os.environ[name]
    os.environ.update(run)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]


def isolated(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of a run: no foreign settings, loopback past any proxy, names in UTF-8."""
    run = {name: value for name, value in environ.items() if not _is_foreign(name)}
    for name in ("NO_PROXY", "no_proxy"):  # some programs read one, some the other
        given = environ.get(name) or environ.get(name.swapcase(), "")
        run[name] = ",".join(filter(None, [given, *LOOPBACK]))
    return {**run, "PYTHONUTF8": "1", **_utf8(environ)}


def stop_on_signals() -> None:
    """Let SIGTERM and SIGHUP end this program as Ctrl-C does, with everything that it started."""
    signal.signal(signal.SIGTERM, _interrupt)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # as under nohup
        signal.signal(signal.SIGHUP, _interrupt)


def _interrupt(number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt(signal.Signals(number).name)


def _is_foreign(name: str) -> bool:
    return (name.startswith(FOREIGN) or name in FOREIGN_NAMES) and not name.startswith(OURS)


def _utf8(environ: Mapping[str, str]) -> dict[str, str]:
    """Java reads and writes file names in the locale's encoding; on macOS always in UTF-8."""
    chosen = next(filter(None, map(environ.get, ("LC_ALL", "LC_CTYPE", "LANG"))), "")
    if sys.platform == "darwin" or chosen.lower().replace("-", "").endswith("utf8"):
        return {}
    return {"LC_ALL": "C.UTF-8"}
