"""The service: photographs come by HTTP, answers go back, while models change below it.

Compute happens in worker processes by `inference`. Never Spark, never Airflow.
"""
