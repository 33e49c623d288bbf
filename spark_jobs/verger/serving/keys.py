"""API keys: who may ask, and how much.

The file keeps only their SHA-256. A key is 256 random bits, so nobody guesses one from its digest
and a slow hash would protect nothing.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from pathlib import Path

from verger.config.ranges import positive
from verger.documents import Document
from verger.errors import SettingsError
from verger.serving.problems import ProblemError
from verger.serving.settings import MEGABYTE, MEGAPIXEL, Limits

PREFIX = "verger_"
# The key that is a secret of the host is everybody's who uses its page.
OWN, OWN_PER_MINUTE = "own", 1200


@dataclass(frozen=True)
class Key:
    """A key by its digest, whose it is, and its own limits; None: those of the service."""

    name: str
    sha256: str
    per_minute: int = 120
    max_megabytes: float | None = None
    max_megapixels: float | None = None

    def __post_init__(self) -> None:
        positive("per_minute", self.per_minute)

    def limits(self, of_all: Limits) -> Limits:
        """What a request with this key may ask for: never more than the service allows."""
        return replace(
            of_all,
            max_bytes=_least(of_all.max_bytes, self.max_megabytes, MEGABYTE),
            max_pixels=_least(of_all.max_pixels, self.max_megapixels, MEGAPIXEL),
            per_minute=self.per_minute,
        )


@dataclass(frozen=True)
class KeyFile(Document):
    """The file of keys, from which people remove some and to which they add limits."""

    by_hand = True
    keys: tuple[Key, ...] = ()


def add_key(path: Path, name: str) -> str:
    """Add a key to the file, made where it is missing; returns the key, which is kept nowhere."""
    before = _read(path) if path.exists() else KeyFile()
    if name in {key.name for key in before.keys}:
        raise SettingsError(f"{path} has a key named {name}: choose another name, or remove it")
    key = PREFIX + secrets.token_urlsafe(32)
    after = KeyFile((*before.keys, Key(name, _digest(key))))
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(after.to_json())
    draft.replace(path)
    return key


@dataclass
class Bucket:
    """Requests that may still be made; it fills by itself up to a minute's worth."""

    left: float
    filled: float


@dataclass
class Doorkeeper:
    """Lets requests in. A changed file of keys holds from the next request on.

    Without a file and a key of its ``own`` everybody is let in, which the settings allow on
    loopback alone.
    """

    path: Path | None
    limits: Limits
    clock: Callable[[], float] = time.monotonic
    own: dict[str, Key] = field(default_factory=dict)
    _keys: dict[str, Key] = field(default_factory=dict)
    _stamp: tuple[int, int] = (0, 0)
    _buckets: dict[str, Bucket] = field(default_factory=dict)

    @classmethod
    def of(cls, path: Path | None, secret: str, limits: Limits) -> Doorkeeper:
        """With the file's keys and one that is the service's own, where there are such."""
        own = [Key(OWN, _digest(secret), OWN_PER_MINUTE)] if secret else []
        return cls(path, limits, own={key.sha256: key for key in own})

    def admit(self, authorization: str) -> Limits:
        """What the request may ask for, by its header ``Authorization: Bearer KEY``.

        Raises ProblemError if it may nothing, or nothing more within this minute.
        """
        key = self.recognise(authorization)
        if key is None:
            return self.limits
        self._spend(key)
        return key.limits(self.limits)

    def recognise(self, authorization: str) -> Key | None:
        """Whose key that is; None where none is needed. Raises ProblemError if it is nobody's."""
        if self.path is None and not self.own:
            return None
        scheme, _, secret = authorization.partition(" ")
        key = self._known().get(_digest(secret.strip()))
        if scheme.lower() != "bearer" or key is None:
            raise ProblemError(
                HTTPStatus.UNAUTHORIZED,
                "key",
                "a valid API key is needed, as in `Authorization: Bearer verger_…`",
                {"WWW-Authenticate": "Bearer"},
            )
        return key

    def check(self) -> None:
        """Raise VergerError if the file of keys cannot be used."""
        if self.path is not None and not self._known():
            raise SettingsError(f"{self.path} has no keys: --new-key NAME adds one")

    def _known(self) -> dict[str, Key]:
        if self.path is None:
            return self.own
        try:
            stat = self.path.stat()
        except OSError as error:
            raise SettingsError(
                f"the file of keys {self.path} cannot be read ({error.strerror}): "
                "--new-key NAME makes one"
            ) from error
        stamp = (stat.st_mtime_ns, stat.st_ino)
        if stamp != self._stamp:
            self._keys = self.own | {key.sha256: key for key in _read(self.path).keys}
            self._stamp = stamp
        return self._keys

    def _spend(self, key: Key) -> None:
        now = self.clock()
        bucket = self._buckets.setdefault(key.sha256, Bucket(key.per_minute, now))
        refilled = bucket.left + (now - bucket.filled) * key.per_minute / 60
        bucket.left, bucket.filled = min(refilled, key.per_minute), now
        if bucket.left < 1:
            wait = (1 - bucket.left) * 60 / key.per_minute
            raise ProblemError(
                HTTPStatus.TOO_MANY_REQUESTS,
                "rate",
                f"this key may ask {key.per_minute} times a minute: wait {wait:.0f} seconds",
                {"Retry-After": str(int(wait) + 1)},
            )
        bucket.left -= 1


def _read(path: Path) -> KeyFile:
    return KeyFile.from_json(path.read_bytes(), str(path), "mend it, or make another one")


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _least(of_all: int, own: float | None, unit: int) -> int:
    return of_all if own is None else min(of_all, int(own * unit))
