"""A published model and the processes that answer by it: a later model gets others."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
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
                *(_result(pool.schedule(worker.warm, timeout=WARM_SECONDS)) for _ in range(workers))
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
            return await _result(self.pool.schedule(do, args=given, timeout=seconds))
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


async def _result(future: Future[Any]) -> Any:
    return await asyncio.wrap_future(future)


def _context() -> Any:
    """Processes are forked from one that has imported everything and opened nothing: a new one is
    there within milliseconds, and they share that memory.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([worker.__name__])
    return context
