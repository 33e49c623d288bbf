"""Verger: from fruit photographs to visual-word features, on Spark.

Rooms are ordered by what they drag in, and a room may use those below it:

    cli                                          every command
    stages                                       the method, read from top to bottom
    spark                                        sessions, batches, sums over tables
    machine                                      Spark on one machine, without EMR
    features, vocabulary                         arrays: no Spark
    imaging, kernels, tables                     OpenCV, numba, Arrow
    operations, planning, gates, catalogue       control: standard library, boto3 and
    lake, objects, config                        msgspec, runs inside Airflow
    contract, documents, errors
"""
