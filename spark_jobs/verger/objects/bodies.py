"""An answer of S3 is received whole, or asked for again.

Boto3 tries again whatever goes wrong up to an answer's headers. The body is read by its caller:
where the connection breaks off in the middle of it, nobody tries again but we.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from itertools import count
from typing import TypeVar

A = TypeVar("A")
T = TypeVar("T")

ATTEMPTS = 8
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0  # seconds


def received(ask: Callable[[], A], take: Callable[[A], T]) -> T:
    """What ``take`` makes of the answer to ``ask``; asked again where its body breaks off, is
    silent, or is not what its checksum says.

    Raises what ``ask`` raises, and botocore's error once ATTEMPTS bodies have broken off.
    """
    from botocore.exceptions import (
        FlexibleChecksumError,
        IncompleteReadError,
        ReadTimeoutError,
        ResponseStreamingError,
    )

    broken = (FlexibleChecksumError, IncompleteReadError, ReadTimeoutError, ResponseStreamingError)
    for attempt in count(1):
        answer = ask()
        try:
            return take(answer)
        except broken:
            if attempt == ATTEMPTS:
                raise
        time.sleep(random.uniform(0, min(FIRST_PAUSE * 2**attempt, LONGEST_PAUSE)))  # noqa: S311
    raise AssertionError  # count() has no end
