"""Which steps run now: the oldest first, within each cluster's level and the server's cap."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from local_cloud.emr.memory import Memory
from local_cloud.emr.runner import StepRequest, StepRun
from local_cloud.emr.settings import Settings

if TYPE_CHECKING:
    from local_cloud.emr.cluster import LocalCluster
    from local_cloud.emr.step import LocalStep


class StepSchedule:
    """The steps of all clusters of the server.

    `changing` guards every cluster and step: API calls, timers and ending steps hold it while they
    look at or change them. Nothing that waits (a download, a process) happens under it.
    `memory` is there where clusters outlive the server.
    """

    def __init__(self, settings: Settings) -> None:
        self.memory = Memory(settings.work, settings.keep_days) if settings.resume else None
        self._lock = threading.RLock()
        self._settings = settings
        self._clusters: list[LocalCluster] = []
        self._threads: set[threading.Thread] = set()
        self._archiving: set[threading.Thread] = set()
        self._closed = False
        self._closing = threading.Event()

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Hold the lock of all clusters; before it is let go, changes are kept for later."""
        with self._lock:
            try:
                yield
            finally:
                if self.memory is not None and not self._closed:
                    self.memory.keep(self._clusters)

    def enrol(self, cluster: LocalCluster) -> None:
        """Consider the steps of `cluster` from now on."""
        self._clusters = [known for known in self._clusters if not known.over]
        self._clusters.append(cluster)

    def dispatch(self) -> None:
        """Start every step that may start; called with the lock held after any change."""
        while not self._closed and len(self._threads) < self._settings.step_concurrency_cap:
            ready = [(cluster, step) for cluster in self._clusters if (step := cluster.next_step())]
            if not ready:
                return
            self._start(*min(ready, key=lambda pair: pair[1].creation_date_time))

    def close(self) -> None:
        """Return when no step runs any more: all clusters have ended, or wait to be resumed."""
        with self._lock:
            self._closed = True
            for cluster in self._clusters:
                if self.memory is None:
                    cluster.terminate()
                else:
                    cluster.suspend()
            self._closing.set()
            threads = [*self._threads, *self._archiving]
        for thread in threads:
            thread.join()

    def _start(self, cluster: LocalCluster, step: LocalStep) -> None:
        request = StepRequest(cluster.id, step.id, step.jar, tuple(step.args), cluster.log_uri)
        run = StepRun(request, self._settings)
        step.begin(run)
        thread = threading.Thread(
            target=self._carry_out, args=(cluster, step, run), name=step.id, daemon=True
        )
        self._threads.add(thread)
        thread.start()

    def _carry_out(self, cluster: LocalCluster, step: LocalStep, run: StepRun) -> None:
        outcome = run.execute()
        with self.changing():
            self._threads.remove(threading.current_thread())
            self._archiving.add(threading.current_thread())
            if not (self._closed and self.memory):
                cluster.finish_step(step, outcome)
                self.dispatch()
        self._closing.wait(self._settings.log_delay)
        run.archive()
        with self._lock:
            self._archiving.remove(threading.current_thread())
