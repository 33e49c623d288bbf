"""The threads of the BLAS below numpy."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import ThreadpoolController


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Let the BLAS of this process compute in the thread that calls it, and no others.

    Its threads meet at the end of each product, spinning until the last has come. For products as
    small as ours they wait longer than they compute, the more so beside threads of our own or other
    work: a fit of 1,000 words to 300,000 patches took 13 times the processor time.
    """
    with _controller().limit(limits=1, user_api="blas"):
        yield


@functools.cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()
