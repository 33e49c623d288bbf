"""What is computed over tables on a cluster: session, batches, sums; MLlib, the notebook's way.

The lowest room that knows Spark. May use all rooms without Spark.
"""
