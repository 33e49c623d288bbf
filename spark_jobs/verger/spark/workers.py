"""What runs in Spark's Python workers, and what they need not do again for every task."""

from __future__ import annotations

import gc
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from zipimport import zipimporter

from verger.tables.columns import Batches

if TYPE_CHECKING:
    from pyspark.sql import DataFrame
    from pyspark.sql.types import StructType

_WHOLE_HEAP = 2  # the garbage collector's oldest generation

Given = TypeVar("Given")
Made = TypeVar("Made")


def map_batches(
    rows: DataFrame, function: Callable[[Batches], Batches], schema: StructType
) -> DataFrame:
    """Rows made of the rows of each partition, batch by batch."""
    return rows.mapInArrow(in_worker(function), schema)


def in_worker(function: Callable[[Given], Made]) -> Callable[[Given], Made]:
    """The function as every task of ours should call it: its process keeps what it has read."""

    def run(given: Given) -> Made:
        acknowledge_at_once()
        keep_archives()
        keep_modules()
        return function(given)

    return run


def acknowledge_at_once() -> None:
    """Have the kernel tell Spark at once, from the next task on, that what it has sent came.

    Spark's JVM sends a task in several pieces. Nagle's algorithm holds each back until the one
    before is acknowledged, and the kernel puts that off for 40 ms on a connection on which answers
    go out: longer than many a task takes. TCP_QUICKACK ends that until the next answer. So it is
    asked for between two tasks, where Spark has the whole heap searched for garbage.
    RFC 1122, 4.2.3.2 and 4.2.3.4; tcp(7).
    """
    if _searched not in gc.callbacks and hasattr(socket, "TCP_QUICKACK"):  # Linux
        gc.callbacks.append(_searched)


def _searched(phase: str, about: Mapping[str, int]) -> None:
    if (phase, about["generation"]) != ("stop", _WHOLE_HEAP):
        return
    for number in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # no connection by TCP
            connection = socket.socket(fileno=int(number.name))
            try:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            finally:
                connection.detach()


def keep_archives() -> None:
    """Spare this process from reading again, at each task, archives that never change.

    Before a task Spark calls importlib.invalidate_caches, and Python 3.11 then reads the whole
    directory of every archive on its path anew: a fifth of a second for the 1,220 files of
    pyspark.zip, more than many a task takes. An archive of Spark's stays as it is while a worker
    lives (a new one gets a path of its own), so there is nothing to read again.
    """
    for importer in sys.path_importer_cache.values():
        if isinstance(importer, zipimporter):
            importer.invalidate_caches = _stay_as_read  # type: ignore[method-assign]


def keep_modules() -> None:
    """Spare the garbage collector all that was imported: it stays while this process lives.

    After a task Spark has the whole heap searched for garbage, most of which is the functions and
    classes of pyarrow, boto3 and numba: a twentieth of a second and more, much of what a small task
    takes. Called where a task begins, just after such a search: what is set aside is in use. Only
    where modules have come since the last time, or each task's own objects would be kept, too.
    """
    global _modules_kept
    if len(sys.modules) > _modules_kept:
        _modules_kept = len(sys.modules)
        gc.freeze()


_modules_kept = 0


def _stay_as_read() -> None:
    """What an importer without anything to forget does; the import system calls it."""
