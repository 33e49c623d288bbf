"""Which steps run now: the oldest first, within each cluster's level and the server's cap."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from local_cloud.emr.memory import Memory
from local_cloud.emr.places import Place, Work
from local_cloud.emr.runner import StepRun
from local_cloud.emr.settings import Settings


class StepSchedule:
    """The steps of all clusters of the server.

    `changing` guards every cluster and step: API calls, timers and ending steps hold it while they
    look at or change them. Nothing that waits (a download, a process) happens under it.
    `memory` is there where clusters outlive the server.
    """

    def __init__(self, settings: Settings) -> None:
        self.memory = Memory(settings.work, settings.keep_days) if settings.resume else None
        self._lock = threading.RLock()
        self._calls = itertools.count(1)
        self.settings = settings
        self._clusters: list[Place] = []
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

    def throttles(self) -> bool:
        """Whether a call is one too many: every so many calls, where that is asked for."""
        every = self.settings.throttle
        return every is not None and next(self._calls) % every == 0

    def enrol(self, cluster: Place) -> None:
        """Consider the steps of `cluster` from now on."""
        self._clusters = [known for known in self._clusters if not known.over]
        self._clusters.append(cluster)

    def dispatch(self) -> None:
        """Start every step that may start; called with the lock held after any change."""
        while not self._closed and len(self._threads) < self.settings.step_concurrency_cap:
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

    def _start(self, cluster: Place, step: Work) -> None:
        run = StepRun(cluster.request(step), self.settings)
        step.begin(run)
        thread = threading.Thread(
            target=self._carry_out, args=(cluster, step, run), name=step.id, daemon=True
        )
        self._threads.add(thread)
        thread.start()

    def _carry_out(self, cluster: Place, step: Work, run: StepRun) -> None:
        outcome = run.execute()
        with self.changing():
            self._threads.remove(threading.current_thread())
            self._archiving.add(threading.current_thread())
            if not (self._closed and self.memory):
                cluster.finish_step(step, outcome)
                self.dispatch()
        self._closing.wait(self.settings.log_delay)
        run.archive()
        with self._lock:
            self._archiving.remove(threading.current_thread())
