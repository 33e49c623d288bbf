"""What runs in Spark's Python workers, and what they need not do again for every task."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar
from zipimport import zipimporter

from verger.tables.columns import Batches

if TYPE_CHECKING:
    from pyspark.sql import DataFrame
    from pyspark.sql.types import StructType

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
        keep_archives()
        keep_modules()
        return function(given)

    return run


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
