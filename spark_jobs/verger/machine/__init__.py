"""Spark on this machine alone: its Java, the jars of S3A, an environment of its own.

Standard library and boto3. May use `objects`. What EMR brings by itself, so its steps need none.
"""
