"""A run's affairs in Airflow: request, deployment, delivery, estimate, results, notifications.

May use the control rooms of `verger`; knows nothing of EMR's requests.
"""
