"""How the service is set up."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass, field
from pathlib import Path

from verger.config.ranges import positive
from verger.errors import SettingsError

MEGABYTE = 1 << 20
MEGAPIXEL = 1_000_000


@dataclass(frozen=True)
class Limits:
    """What one request may ask for: bytes of its body, pixels of each photograph, views of one
    fruit; and requests a minute (None: as many as it likes).
    """

    max_bytes: int = 20 * MEGABYTE
    max_pixels: int = 50 * MEGAPIXEL
    max_views: int = 10
    per_minute: int | None = None

    def __post_init__(self) -> None:
        positive("--max-megabytes", self.max_bytes)
        positive("--max-megapixels", self.max_pixels)


@dataclass(frozen=True)
class Patience:
    """Seconds: for a body to arrive, for an answer to be computed, between two looks at which model
    is published.
    """

    body: float = 20.0
    answer: float = 10.0
    follow: float = 2.0

    def __post_init__(self) -> None:
        positive("--body-seconds", self.body)
        positive("--answer-seconds", self.answer)


@dataclass(frozen=True)
class ServiceSettings:
    """Where the models are, where to listen, who may ask.

    ``keys`` is the file of API keys, ``secret`` one key more; ``feedback`` the address of the
    landing bucket, None where no feedback is taken; ``attribution`` is shown with the photographs
    that the model learnt from.
    """

    lake: str
    preset: str
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = field(default_factory=lambda: os.cpu_count() or 1)
    keys: Path | None = None
    secret: str = field(default="", repr=False)
    feedback: str | None = None
    attribution: str = ""
    limits: Limits = field(default_factory=Limits)
    patience: Patience = field(default_factory=Patience)

    def __post_init__(self) -> None:
        positive("--workers", self.workers)
        if self.is_open and not self.is_loopback:
            raise SettingsError(
                f"--host {self.host} is reached from other machines: name a file of API keys with "
                "--keys FILE (--new-key NAME adds one), give a key in VERGER_API_KEY, or listen on "
                "127.0.0.1"
            )

    @property
    def is_open(self) -> bool:
        """Whether it answers without a key."""
        return self.keys is None and not self.secret

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine reaches it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False
