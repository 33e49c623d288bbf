"""What people look at within Airflow. May use `verger_emr` and `verger_runs`; neither uses it."""
