"""A photograph goes in, a fruit comes out: without Spark, without Airflow, from one bundle.

Compute: numpy and OpenCV. May use all rooms below `spark`.
"""
