"""Change an object that others may change at the same moment, without losing what they wrote."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from verger.errors import ConflictError, VergerError
from verger.objects.storage import Storage, address_of

ATTEMPTS = 10
LONGEST_PAUSE = 0.5  # seconds


def change(
    storage: Storage, key: str, decide: Callable[[bytes | None], bytes | None]
) -> bytes | None:
    """Replace an object's content by what `decide` makes of it; returns what is there then.

    `decide` gets the content (None: there is no object) and gives the new one, or None to leave it.
    It is asked again whenever somebody else was faster, and after a write whose answer got lost: it
    must know its own work again.
    """
    for _ in range(ATTEMPTS):
        before = storage.read_version(key)
        content = decide(before.content if before else None)
        if content is None:
            return before.content if before else None
        try:
            storage.replace(key, content, before.version if before else None)
        except ConflictError:
            time.sleep(random.uniform(0, LONGEST_PAUSE))  # noqa: S311  no secret
        else:
            return content
    raise VergerError(
        f"{address_of(storage, key)} was changed by others {ATTEMPTS} times in a row: try again"
    )
