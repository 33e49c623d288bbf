"""A line in the log every few seconds while Spark works, so that nobody stares at silence."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark import SparkContext

SECONDS = 5.0
log = logging.getLogger("verger")


class Progress:
    """Logs how many of the running tasks are done, from Spark's own status tracker."""

    def __init__(self, context: SparkContext) -> None:
        self._tracker = context.statusTracker()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True, name="progress")

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Stop watching; returns once no more lines can come."""
        self._stopped.set()
        self._thread.join()

    def _watch(self) -> None:
        from py4j.protocol import Py4JError

        while not self._stopped.wait(SECONDS):
            try:
                self._tell()
            except (Py4JError, ConnectionError):  # the JVM has died: who waits for it says so
                return

    def _tell(self) -> None:
        running = [self._tracker.getStageInfo(s) for s in self._tracker.getActiveStageIds()]
        total = sum(stage.numTasks for stage in running if stage)
        done = sum(stage.numCompletedTasks for stage in running if stage)
        if total:
            log.info("… %d of %d tasks done", done, total)
