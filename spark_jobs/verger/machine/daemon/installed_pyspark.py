"""Spark's daemon of Python workers, with the pyspark that is installed.

Spark puts an archive of pyspark before everything else on its workers' path, and what Python
imports from an archive it compiles anew in each process: half a second of the daemon's, a fifth of
each worker's. Where this Spark came with an installed pyspark, that is the same, and compiled.

Runs as a program: SPARK_HOME/python/lib is on its path. It may use no module of ours, for it starts
in whichever Python a job names.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import PathFinder
from pathlib import Path
from runpy import run_module


def without_archives(places: Sequence[str]) -> list[str]:
    """The places of a path without Spark's archives, if pyspark is installed in one of the others
    and is the one that these archives lie in; else all places.
    """
    archives = [Path(place) for place in places if place.endswith(("pyspark.zip", "-src.zip"))]
    others = [place for place in places if Path(place) not in archives]
    found = PathFinder.find_spec("pyspark", others), PathFinder.find_spec("py4j", others)
    if not archives or not all(found) or not (origin := found[0] and found[0].origin):
        return list(places)
    spark_home = Path(origin).parent
    same = {spark_home.resolve()} == {archive.resolve().parents[2] for archive in archives}
    return others if same else list(places)


if __name__ == "__main__":
    sys.path[:] = without_archives(sys.path)
    run_module("pyspark.daemon", run_name="__main__", alter_sys=True)
