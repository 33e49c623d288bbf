"""Services that are kept running: what dies is started again, and told."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable

from local_cloud.errors import LocalCloudError
from local_cloud.process import Service

LOOK_SECONDS = 1.0
# Whatever lived that long did its work; a death before it is one in a row.
LIVED_SECONDS = 60.0
MOST_DEATHS = 4


def keep_running(
    services: Iterable[Service],
    over: threading.Event,
    tell: Callable[[str], None],
    pause: float = LOOK_SECONDS,
) -> None:
    """Start again what dies, until `over` is set.

    Raises LocalCloudError, with its last words, if a service dies again and again.
    """
    deaths: Counter[str] = Counter()
    watched = list(services)
    while not over.wait(pause):
        for service in watched:
            if not service.running and not over.is_set():
                _revive(service, deaths, tell)


def _revive(service: Service, deaths: Counter[str], tell: Callable[[str], None]) -> None:
    if time.monotonic() - service.started > LIVED_SECONDS:
        deaths[service.name] = 0
    deaths[service.name] += 1
    words = service.last_words()
    if deaths[service.name] > MOST_DEATHS:
        raise LocalCloudError(f"{service.name} died {MOST_DEATHS} times in a row: {words}")
    now = time.strftime("%H:%M:%S")
    try:
        service.restart()
    except LocalCloudError as error:
        tell(f"{now} {service.name} died and could not be started again: {error}")
    else:
        tell(f"{now} {service.name} died and was started again: {words}")
