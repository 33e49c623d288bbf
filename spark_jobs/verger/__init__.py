"""Verger: from fruit photographs to features on Spark, and from a photograph to an answer.

Rooms are ordered by what they drag in, and a room may use those below it:

    cli                                          every command
    stages                                       the method, read from top to bottom
    spark                                        sessions, batches, sums over tables
    serving                                      photographs by HTTP
    inference, classification                    answers, and what they are learnt by: no Spark
    features, vocabulary                         arrays
    imaging, kernels, tables                     OpenCV, numba, Arrow
    machine                                      what Spark needs on one machine, without EMR
    operations, planning, gates, catalogue       control: standard library, boto3 and
    lake, objects, config                        msgspec, runs inside Airflow
    contract, documents, errors
"""
