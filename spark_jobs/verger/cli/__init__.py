"""The one entry point: `verger COMMAND`, also for every spark-submit step. May use all rooms."""
