"""The processes of a step: on a leash, in a group of their own, in the environment of a node."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from local_cloud import leash

log = logging.getLogger(__name__)

# EMR's nodes have none of them: a step knows its region only where somebody tells it, and its
# Python keeps what it has compiled.
NOT_ON_A_NODE = (
    *("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_CONFIG_FILE"),
    "PYTHONDONTWRITEBYTECODE",
)
# The image's. Unless it is told, spark-submit asks the step's own Python, which may have none.
SPARK_HOME = str(Path(sysconfig.get_path("purelib"), "pyspark"))


def node_environment(exported: Mapping[str, str], defaults: Path | None = None) -> dict[str, str]:
    """This server's environment as a node's: without what none has, with what the cluster exports,
    and with the local S3 in place of the network's way to AWS's. Without SPARK_CONF_DIR where the
    command names the file of ``defaults`` in it.
    """
    without = (*NOT_ON_A_NODE, "SPARK_CONF_DIR") if defaults else NOT_ON_A_NODE
    own = {name: value for name, value in os.environ.items() if name not in without}
    return {
        # Spark's web interface listens on all addresses unless told otherwise.
        "SPARK_LOCAL_IP": "127.0.0.1",
        **own,
        "SPARK_HOME": SPARK_HOME,
        # The image's own, where the cluster or the job names none.
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
        **exported,
    }


class Leashed:
    """One command at a time, which ends with this server, and everything that it started."""

    def __init__(self) -> None:
        self.stopped = False
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def runs(self) -> bool:
        """Whether its command was started and not swept away."""
        return self._process is not None

    def start(self, command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> bool:
        """Start it, with its stdout and stderr in the folder; False if it was stopped before."""
        # -I: the leash is this server's, whatever PYTHONPATH the steps were given.
        leashed = [sys.executable, "-I", leash.__file__, *command]
        with (
            self._lock,
            (folder / "stdout").open("wb") as stdout,
            (folder / "stderr").open("wb") as stderr,
        ):
            if self.stopped:
                return False
            self._process = subprocess.Popen(
                leashed,
                stdin=subprocess.PIPE,
                stdout=stdout,
                stderr=stderr,
                cwd=folder,
                env=environment,
                start_new_session=True,
            )
            return True

    def wait(self, seconds: float | None = None) -> int:
        """Its exit code, once it was started. Raises subprocess.TimeoutExpired."""
        return self._process.wait(seconds) if self._process is not None else 0

    def sweep(self) -> None:
        """End whatever the command left running in its process group."""
        with self._lock:
            process, self._process = self._process, None
            if process is not None:
                _signal_group(process.pid, signal.SIGKILL)
        if process is not None and process.stdin:
            process.stdin.close()

    def stop(self, number: signal.Signals) -> None:
        """Signal it, and start nothing any more."""
        with self._lock:
            self.stopped = True
            if self._process is not None:
                _signal_group(self._process.pid, number)

    def signal(self, number: signal.Signals) -> None:
        """Signal it, where it runs."""
        with self._lock:
            if self._process is not None:
                _signal_group(self._process.pid, number)


def _signal_group(leader: int, signal_number: signal.Signals) -> None:
    try:
        os.killpg(leader, signal_number)
    except (ProcessLookupError, PermissionError):
        # Already gone; macOS answers "not permitted" for a group of zombies.
        log.debug("process group %s has already ended", leader)
