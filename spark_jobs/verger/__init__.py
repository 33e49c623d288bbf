"""Verger: from fruit photographs to features on Spark, and from a photograph to an answer.

Rooms are ordered by what they drag in, and a room may use those below it:

    cli                                          every command
    stages                                       the method, read from top to bottom
    spark                                        sessions, batches, sums over tables
    serving                                      photographs by HTTP
    reading                                      a lake for notebooks
    inference, classification                    answers, and what they are learnt by: no Spark
    features, vocabulary                         arrays
    imaging, kernels, tables                     OpenCV, numba, Arrow
    machine                                      what Spark needs on one machine, without EMR
    operations, planning, gates, catalogue       control: standard library, boto3 and
    lake, objects, config                        msgspec, runs inside Airflow
    contract, documents, errors

For notebooks:  verger.open_lake("lake/verger-lake").histograms().to_pandas()
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from verger.reading.lake import OpenLake


def open_lake(address: str, preset: str = "fruits") -> OpenLake:
    """A lake's published model and products, without Spark: see `verger.reading.lake`."""
    from verger.reading.lake import open_lake as opened  # the EMR steps never pay for it

    return opened(address, preset)


__version__ = "0.2.0"
