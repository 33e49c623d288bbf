"""What the routes share: who may ask, which processes answer, what is kept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeVar

from fastapi import Request
from pebble import ProcessExpired

from verger.config.settings import ImageLimits
from verger.serving.bodies import Budget, Share
from verger.serving.follower import Follower
from verger.serving.generation import BrokenPoolError, Generation
from verger.serving.keys import Doorkeeper
from verger.serving.metrics import Metrics
from verger.serving.photographs import Sent, read_photographs
from verger.serving.problems import ProblemError, of_refusal
from verger.serving.reply import Refusal, Reply
from verger.serving.settings import Limits, ServiceSettings

T = TypeVar("T")


@dataclass(frozen=True)
class Service:
    """One service, as it is set up."""

    settings: ServiceSettings
    follower: Follower
    door: Doorkeeper
    budget: Budget
    metrics: Metrics

    @classmethod
    def of(cls, settings: ServiceSettings) -> Service:
        """Raises VergerError if the file of keys cannot be used."""
        door = Doorkeeper.of(settings.keys, settings.secret, settings.limits)
        door.check()
        return cls(settings, Follower(settings), door, Budget(), Metrics())

    @property
    def generation(self) -> Generation:
        """The processes of the published model. Raises ProblemError if there is none."""
        if self.follower.generation is None:
            raise ProblemError(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "no-model",
                self.follower.trouble or "the model is being loaded",
                {"Retry-After": "5"},
            )
        return self.follower.generation

    def admit(self, request: Request) -> Limits:
        """What a request may ask for; it counts as one."""
        return self.door.admit(request.headers.get("authorization", ""))

    def recognise(self, request: Request) -> None:
        """Raise ProblemError where a key is needed and the request has none."""
        self.door.recognise(request.headers.get("authorization", ""))

    async def read(self, request: Request, limits: Limits, share: Share) -> Sent:
        """What a request sends."""
        return await read_photographs(request, limits, self.settings.patience.body, share)

    async def answer(self, sent: Sent, limits: Limits) -> Reply:
        """The reply about what was sent. Raises ProblemError if there is none."""
        seconds = self.settings.patience.answer
        return await self._told(
            lambda of: of.identify(sent.photographs, _of_images(limits), seconds), sent
        )

    async def cleaned(self, sent: Sent, limits: Limits) -> bytes:
        """The first photograph that was sent as a JPEG without anything but its pixels.

        Raises ProblemError if it cannot be read.
        """
        seconds = self.settings.patience.answer
        return await self._told(
            lambda of: of.cleaned(sent.photographs[0], _of_images(limits), seconds), sent
        )

    async def _told(self, ask: Callable[[Generation], Awaitable[T | Refusal]], sent: Sent) -> T:
        try:
            told = await self._asked(ask)
        except TimeoutError:
            raise ProblemError(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "takes-too-long",
                f"the photograph was not read within {self.settings.patience.answer:g} seconds: "
                "send a plain JPEG",
            ) from None
        except ProcessExpired:
            raise ProblemError(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "unreadable",
                "the photograph cannot be decoded: send a plain JPEG",
            ) from None
        if isinstance(told, Refusal):
            raise of_refusal(told, len(sent.photographs))
        return told

    async def _asked(self, ask: Callable[[Generation], Awaitable[T]]) -> T:
        try:
            return await ask(self.generation)
        except BrokenPoolError:  # processes ended that had nothing to do: for want of memory, say
            await self.follower.look()
            return await ask(self.generation)


def _of_images(limits: Limits) -> ImageLimits:
    return ImageLimits(limits.max_pixels, limits.max_bytes)
