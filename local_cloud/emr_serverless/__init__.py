"""EMR Serverless on this machine: moto's API, whose jobs a local spark-submit really executes.

They share schedule, files and logs with the steps of the local EMR. A moto service package:
`models`, `responses` and `urls` are the names that moto looks for.
"""
