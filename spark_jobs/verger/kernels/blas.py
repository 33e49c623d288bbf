"""The threads of the BLAS below numpy, and threads of our own instead of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Let the BLAS of this process compute in the thread that calls it, and no others.

    Its threads meet at the end of each product, spinning until the last has come. For products as
    small as ours they wait longer than they compute, the more so beside threads of our own or other
    work: a fit of 1,000 words to 300,000 patches took 13 times the processor time.
    """
    # Loaded where something is fitted: whoever only answers photographs does without it.
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1, user_api="blas"):
        yield


def in_threads(make: Callable[[Item], Made], items: Iterable[Item]) -> list[Made]:
    """What is made of each item, in their order, a thread for each core. What the BLAS rounds does
    then not depend on the number of cores.
    """
    import scipy.linalg  # noqa: F401  it brings a BLAS of its own, which is told once it is there

    with one_blas_thread(), ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(make, items))
