"""A published model and the processes that answer by it: a later model gets others."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from typing import Any

from pebble import ProcessPool

from verger.config.settings import ImageLimits
from verger.lake.registry import Model
from verger.serving import worker
from verger.serving.reply import Refusal, Reply

WARM_SECONDS = 60.0
LOOK_SECONDS = 0.2  # between two looks at whether something has taken too long


class BrokenPoolError(Exception):
    """There are no processes any more."""


@dataclass(frozen=True)
class Generation:
    """A model in use, and its processes."""

    model: Model
    pool: ProcessPool
    labels: tuple[str, ...] = ()

    @classmethod
    async def start(
        cls, model: Model, files: Mapping[str, bytes], workers: int, attribution: str
    ) -> Generation:
        """Processes that are ready to answer. Raises whatever is wrong with the bundle's files."""
        pool = ProcessPool(
            max_workers=workers,
            initializer=worker.hold,
            initargs=(files, attribution),
            context=_context(),
        )
        started = cls(model, pool)
        try:
            labels, *_ = await asyncio.gather(
                *(_result(pool.schedule(worker.warm), WARM_SECONDS) for _ in range(workers))
            )
        except BaseException:
            await started.end()
            raise
        return replace(started, labels=labels)

    async def identify(
        self, photographs: Sequence[bytes], limits: ImageLimits, seconds: float
    ) -> Reply | Refusal:
        """The reply about views of one fruit.

        Raises TimeoutError if it takes too long, and ProcessExpired if it was the process's end;
        both cost the process, which is replaced, and no other request. Raises BrokenPoolError where
        there are no processes any more.
        """
        told: Reply | Refusal = await self._told(worker.identify, (photographs, limits), seconds)
        return told

    async def cleaned(
        self, photograph: bytes, limits: ImageLimits, seconds: float
    ) -> bytes | Refusal:
        """The photograph as a JPEG of nothing but its pixels. Raises as `identify` does."""
        told: bytes | Refusal = await self._told(worker.cleaned, (photograph, limits), seconds)
        return told

    async def _told(self, do: Callable[..., Any], given: tuple[Any, ...], seconds: float) -> Any:
        try:
            return await _result(self.pool.schedule(do, args=given), seconds)
        except (RuntimeError, BrokenProcessPool) as error:
            if self.works:  # it is the worker's own error
                raise
            raise BrokenPoolError from error

    @property
    def works(self) -> bool:
        """False once the processes cannot be replaced any more."""
        return bool(self.pool.active)

    async def retire(self) -> None:
        """Answer what was asked, then end."""
        self.pool.close()  # type: ignore[no-untyped-call]
        await asyncio.to_thread(self.pool.join)

    async def end(self) -> None:
        """End at once."""
        self.pool.stop()  # type: ignore[no-untyped-call]
        await asyncio.to_thread(self.pool.join)


async def _result(future: Future[Any], seconds: float) -> Any:
    """What comes of it. Raises TimeoutError, and ends the process, so long after it has begun.

    The pool's own limit goes by the time of day: set forward by an hour it would give up whatever
    is being looked at, set back it would wait that hour.
    """
    told, begun = asyncio.wrap_future(future), None
    try:
        while not told.done():
            if begun is None and future.running():
                begun = time.monotonic()
            left = LOOK_SECONDS if begun is None else begun + seconds - time.monotonic()
            if left <= 0:
                raise TimeoutError
            await asyncio.wait({told}, timeout=min(left, LOOK_SECONDS))
        return told.result()
    finally:
        told.cancel()


def _context() -> Any:
    """Processes are forked from one that has imported everything and opened nothing: a new one is
    there within milliseconds, and they share that memory.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([worker.__name__])
    return context
