"""Whichever model is published is the one that answers, seconds after it was moved there."""

from __future__ import annotations

import asyncio
import logging

from verger.errors import VergerError
from verger.lake import bundle
from verger.lake.registry import Model, Published
from verger.lake.store import Lake
from verger.objects.addresses import open_storage
from verger.serving.generation import Generation
from verger.serving.pictures import Pictures
from verger.serving.settings import ServiceSettings

log = logging.getLogger("verger")


class Follower:
    """Looks which model is published, and keeps the processes that answer by it."""

    def __init__(self, settings: ServiceSettings) -> None:
        self.generation: Generation | None = None
        self.pictures: Pictures | None = None
        self.changes = 0  # how many models it has taken
        self.trouble = ""  # why the published model is not the one in use
        self._settings = settings
        self._lake = open_storage(settings.lake)
        self._refused = ""
        self._looking = asyncio.Lock()
        self._retiring: set[asyncio.Task[None]] = set()

    async def follow(self) -> None:
        """Look for ever."""
        while True:
            await asyncio.sleep(self._settings.patience.follow)
            await self.look()

    async def look(self) -> None:
        """Take the published model if it is another one than that in use. Where it cannot be taken
        the one in use stays, and what is wrong is told once.
        """
        try:
            async with self._looking:
                await self._look()
            self._told("")
        except Exception as error:  # the lake is away for a while: what is loaded still answers
            self._told(str(error) if isinstance(error, VergerError) else repr(error))

    async def close(self) -> None:
        """End all processes."""
        for retiring in self._retiring:
            retiring.cancel()
        if self.generation:
            await self.generation.end()

    async def _look(self) -> None:
        model = await asyncio.to_thread(self._published)
        if model is None:
            raise VergerError(
                f"no model of preset {self._settings.preset} is published in {self._lake.root}: "
                "run the pipeline and publish it first"
            )
        current = self.generation
        if current and current.works and _of(current.model) == _of(model):
            return
        if self._refused == _of(model):
            raise VergerError(self.trouble)
        files = await asyncio.to_thread(bundle.load, self._lake, model)
        try:
            taken = await Generation.start(
                model, files, self._settings.workers, self._settings.attribution
            )
        except Exception as error:
            self._refused = _of(model)
            raise VergerError(
                f"the bundle of model {model.id} cannot be loaded: {error}"
            ) from error
        self._take(taken, Pictures.of(Lake(self._lake), model, files))

    def _take(self, taken: Generation, pictures: Pictures) -> None:
        """From here on it answers; the one before it answers what it was asked, and ends."""
        before, self.generation = self.generation, taken
        self.pictures = pictures
        self._refused = ""
        self.changes += 1
        log.info("model %s answers", taken.model.id)
        if before:
            retiring = asyncio.create_task(before.retire())
            self._retiring.add(retiring)
            retiring.add_done_callback(self._retiring.discard)

    def _published(self) -> Model | None:
        return Published.read(self._lake, self._settings.preset).current

    def _told(self, trouble: str) -> None:
        if trouble and trouble != self.trouble:
            log.warning("%s", trouble)
        self.trouble = trouble


def _of(model: Model) -> str:
    return f"{model.id} {model.bundle}"
