"""Whether a standalone cluster still works for a step, or its driver waits in vain.

A master that crashed and came back can be wrong about its workers: where one of them registers
again just while the master recovers, the master has its executors killed, counts them all the same
and gives no others (Spark 4.0.2, WorkerLatestState during RECOVERING). Its pages tell.
"""

from __future__ import annotations

import json
import re
import urllib.request
from pathlib import Path
from typing import Any

LONGEST_SECONDS = 60.0  # an executor is asked for and started in less
PATIENCE_SECONDS = 5
_APPLICATION = re.compile(r"Connected to Spark cluster with app ID (\S+)")


class ExecutorWatch:
    """Compares what the master says of a step's application with what the workers run."""

    def __init__(self, master_page: str, stderr: Path) -> None:
        self._page = master_page
        self._stderr = stderr
        self._since: float | None = None

    def waits_in_vain(self, now: float) -> bool:
        """One more look, at a moment in seconds: whether at all looks of the last minute nobody
        worked for the step, and nobody would.
        """
        if not self._forgotten():
            self._since = None
            return False
        self._since = now if self._since is None else self._since
        return now - self._since >= LONGEST_SECONDS

    def _forgotten(self) -> bool:
        found = _APPLICATION.search(self._stderr.read_text(errors="replace"))
        if found is None:
            return False
        try:
            return forgotten(found[1], self._page)
        except (OSError, ValueError):
            return False  # a page that does not answer says nothing about the application


def forgotten(application: str, master_page: str) -> bool:
    """Whether the master does not know an application, or counts executors that no worker runs.

    Raises OSError or ValueError where a page does not answer.
    """
    master = _page(master_page)
    if master["status"] != "ALIVE" or application in _ids(master["completedapps"]):
        return False
    if application not in _ids(master["activeapps"]):
        return True
    (granted,) = [app["cores"] for app in master["activeapps"] if app["id"] == application]
    alive = [worker["webuiaddress"] for worker in master["workers"] if worker["state"] == "ALIVE"]
    running = [executor["appid"] for page in alive for executor in _page(page)["executors"]]
    return granted > 0 and application not in running


def _ids(applications: list[dict[str, Any]]) -> set[str]:
    return {application["id"] for application in applications}


def _page(address: str) -> Any:
    with urllib.request.urlopen(f"{address}/json/", timeout=PATIENCE_SECONDS) as answer:  # noqa: S310
        return json.load(answer)
